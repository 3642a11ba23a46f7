import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodedPprof } from '../profiling/decoded-pprof.js';
import { cpuProfile, heapProfile } from '../profiling/made-profiles.js';
import { answering, runCommand } from './run-command.js';

const newFile = (name = 'taken') => join(mkdtempSync(join(tmpdir(), 'profile-')), name);
const json = (value: unknown) => JSON.stringify(value);

describe('observability profile', () => {
  it('The command profile prints the hottest functions and writes a file for pprof', async () => {
    const { fetch, requests } = answering(json(cpuProfile));
    const out = newFile('shop.pb.gz');
    const env = { OBSERVABILITY_AUTHORIZATION: 'Bearer token' };
    const url = 'http://localhost:9466/profiling/';
    const result = await runCommand(['profile', '--url', url, '--seconds', '5', '--out', out], {
      fetch,
      env,
    });
    expect(result).toEqual({
      code: 0,
      err: '',
      out: [
        '5 s, busy 0.07 s',
        'SHARE   SELF    FUNCTION             PLACE',
        '71.4 %  0.05 s  handle               src/orders.js:12',
        '14.3 %  0.01 s  (anonymous)          src/orders.js:40',
        '14.3 %  0.01 s  (garbage collector)',
        out,
        '',
      ].join('\n'),
    });
    expect(requests.map((it) => it.url)).toEqual([
      'http://localhost:9466/profiling/cpu?seconds=5&format=cpuprofile',
    ]);
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer token');
    expect(decodedPprof(readFileSync(out))).toMatchObject({ durationMs: 5_000 });
  });

  it('The command profile heap writes the format of V8 as it came, and prints JSON for scripts', async () => {
    const { fetch, requests } = answering(json(heapProfile));
    const out = newFile();
    const { code, out: printed } = await runCommand(
      ['profile', 'heap', '--format', 'heapprofile', '--out', out, '--json'],
      { fetch },
    );
    expect(code).toBe(0);
    expect(requests.map((it) => it.url)).toEqual([
      'http://localhost:3000/profiling/heap?seconds=10&format=heapprofile',
    ]);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(heapProfile);
    expect(JSON.parse(printed)).toEqual({
      kind: 'heap',
      total: 1_500,
      functions: [
        { name: 'load', place: 'node_modules/pg/lib/client.js:7', value: 1_500, share: 1 },
      ],
      file: out,
    });
  });

  it.each([
    [['wall'], 'the kind = "wall": must be cpu or heap'],
    [['--seconds', '61'], '--seconds = "61": must be a whole number from 1 to 60'],
    [['heap', '--format', 'cpuprofile'], '--format = "cpuprofile": must be pprof or heapprofile'],
  ])('The command profile refuses %j and asks no service', async (argv, message) => {
    const { fetch, requests } = answering('');
    const { code, err } = await runCommand(['profile', ...argv], { fetch });
    expect([code, requests]).toEqual([2, []]);
    expect(err).toContain(message);
  });

  it.each([
    [409, json({ error: 'Another profile is being taken.' }), 'answered 409: Another profile is'],
    [503, json({ error: 'The application shuts down.' }), 'answered 503: The application shuts'],
    [404, json({ error: 'Not Found' }), 'Add the plugin profiling() to the service'],
    [403, json({ error: 'Forbidden' }), 'set OBSERVABILITY_AUTHORIZATION'],
    [200, '<html>', 'has no profiles. Add the plugin profiling()'],
  ])(
    'An answer %i of the service is said with its remedy, and no file is written',
    async (status, body, message) => {
      const out = newFile();
      const { fetch } = answering(body, { status });
      const { code, err } = await runCommand(['profile', '--out', out], { fetch });
      expect(code).toBe(2);
      expect(err).toContain(message);
      expect(() => readFileSync(out)).toThrow(/ENOENT/);
    },
  );
});
