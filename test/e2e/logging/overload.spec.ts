import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const ENTRY = pathToFileURL(join(ROOT, 'dist/logging/index.js')).href;
const LIMIT_MS = 50;

interface Report {
  readonly stallMs: number;
}

/** Runs a process that writes lines in turns and reports the longest time of the processor that one turn took. */
async function run(
  sinks: string,
  more = '',
): Promise<Report & { code: number | null; ms: number }> {
  const code = `
    import { createNestLogger, consoleSink, fileSink } from ${JSON.stringify(ENTRY)};
    import { symlinkSync, unlinkSync } from 'node:fs';
    const logger = createNestLogger({ format: 'json', sinks: [${sinks}] });
    let stallMs = 0;
    let number = 0;
    const turns = async (count) => {
      for (let turn = 0; turn < count; turn++) {
        const cpu = process.cpuUsage();
        for (let i = 0; i < 20; i++) logger.log('line', { number: number++ }, 'overload');
        const { user, system } = process.cpuUsage(cpu);
        stallMs = Math.max(stallMs, (user + system) / 1000);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await turns(300);
    ${more}
    process.stderr.write(JSON.stringify({ stallMs }));
    setTimeout(() => process.exit(0), 10);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: ROOT,
    // Nobody reads stdout: the pipe is full after 64 KB.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pause();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (it: string) => (errors += it));
  await once(child.stderr, 'end');
  const startedMs = performance.now();
  if (child.exitCode === null) await once(child, 'exit');
  const ms = performance.now() - startedMs;
  return { ...(JSON.parse(errors) as Report), code: child.exitCode, ms };
}

describe('a place for lines that takes none', () => {
  it('A stdout that is not read stalls no turn of the event loop for more than 50 ms, and the process ends', async () => {
    const { stallMs, code, ms } = await run('consoleSink({ maxBufferedBytes: 100_000 })');
    expect(stallMs).toBeLessThan(LIMIT_MS);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(2_000);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'A full disk stalls no turn of the event loop for more than 50 ms, and the process ends',
    async () => {
      const sink = "fileSink({ path: '/dev/full', maxBufferedBytes: 100_000 })";
      const { stallMs, code, ms } = await run(sink);
      expect(stallMs).toBeLessThan(LIMIT_MS);
      expect(code).toBe(0);
      expect(ms).toBeLessThan(2_000);
    },
  );

  it.skipIf(!existsSync('/dev/full'))(
    'After a full disk has space again, each accepted line is in the file in its order, and the dropped ones are counted',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'full-'));
      const path = join(folder, 'app.log');
      symlinkSync('/dev/full', path);
      const sink = 'fileSink({ path: PATH, maxBufferedBytes: 20_000 })';
      const code = `unlinkSync(${JSON.stringify(path)}); sink.reopen(); await logger.flush(); await turns(200); await logger.flush();`;
      const own = sink.replace('PATH', JSON.stringify(path));
      const { code: exit } = await run(`(globalThis.sink = ${own})`, code);
      expect(exit).toBe(0);
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
      const parsed = lines.map((it) => JSON.parse(it) as FileLine);
      const numbers = parsed.flatMap(({ fields }) => fields.number ?? []);
      const dropped = parsed.reduce((sum, { fields }) => sum + (fields.dropped ?? 0), 0);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(numbers[0]).toBe(0);
      expect(numbers.at(-1)).toBe(9_999);
      expect(dropped).toBeGreaterThan(0);
      expect(numbers.length + dropped).toBe(10_000);
      // A slow disk may leave further gaps: a line after each says how many are missing.
      const gaps = numbers.filter((it, i) => i > 0 && it !== (numbers[i - 1] as number) + 1);
      expect(gaps.length).toBeGreaterThan(0);
      const notices = parsed.filter(({ fields }) => fields.dropped !== undefined);
      expect(notices.length).toBeGreaterThan(0);
      expect(notices.length).toBeLessThanOrEqual(gaps.length);
    },
  );
});

interface FileLine {
  readonly fields: { readonly number?: number; readonly dropped?: number };
}
