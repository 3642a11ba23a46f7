import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BulkReceiver } from '../../contract/bulk-receiver.js';
import { recipeText } from '../../contract/log-recipes.js';
import { poll } from '../../system/poll.js';
import { systemProgram } from '../../system/system-program.js';

const ENTRY = pathToFileURL(join(import.meta.dirname, '../../../dist/logging/index.js')).href;
const LINES = 2_000;
const AWAY_MS = 700;
const rsyslogd = systemProgram('rsyslogd');
const module = ['x86_64', 'aarch64']
  .map((it) => `/usr/lib/${it}-linux-gnu/rsyslog/omelasticsearch.so`)
  .find(existsSync);
const isMissing = rsyslogd === undefined || module === undefined;

/** Writes lines through rotations, as an application does, and one line that is none of its own. */
const application = (path: string) => `
  import { appendFileSync } from 'node:fs';
  import { createNestLogger, fileSink } from ${JSON.stringify(ENTRY)};
  const path = ${JSON.stringify(path)};
  const logger = createNestLogger({ sinks: [fileSink({ path, maxBytes: 40_000, maxFiles: 20 })] });
  appendFileSync(path, 'a "line" of another program\\n');
  let number = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < 10; i++) logger.log('ünïcode "line"', { number: number++, share: 3.217 }, 'app');
    if (number >= ${LINES}) clearInterval(timer);
  }, 20);`;

describe.skipIf(isMissing && process.env['REQUIRE_SYSTEM'] !== '1')(
  'the recipe for rsyslog',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'rsyslog-'));
    const receiver = new BulkReceiver();
    const file = join(folder, 'recipe.conf');
    let daemon: ChildProcess;

    beforeAll(async () => {
      for (const it of ['log', 'spool']) mkdirSync(join(folder, it));
      await receiver.open();
      const own = recipeText('rsyslog.conf')
        .replaceAll('/var/log/shop', join(folder, 'log'))
        .replaceAll('/var/spool/rsyslog', join(folder, 'spool'))
        .replaceAll(
          '"elasticsearch" serverport="9200"',
          `"127.0.0.1" serverport="${receiver.port}"`,
        )
        .replaceAll('resumeInterval="5"', 'resumeInterval="1"')
        .replaceAll('resumeIntervalMax="30"', 'resumeIntervalMax="1"');
      writeFileSync(file, own);
    });

    afterAll(async () => {
      daemon?.kill();
      await receiver.close();
    });

    it('The recipe for rsyslog passes the check of rsyslog', () => {
      const check = () => execFileSync(rsyslogd as string, ['-N1', '-f', file], { stdio: 'pipe' });
      expect(check).not.toThrow();
    });

    it('The recipe for rsyslog ships each line of rotated files once to a receiver that is away half of the time', async () => {
      daemon = spawn(rsyslogd as string, ['-n', '-f', file, '-i', join(folder, 'pid')]);
      const app = spawn(
        process.execPath,
        ['--input-type=module', '-e', application(join(folder, 'log/shop.log'))],
        { stdio: ['ignore', 'inherit', 'inherit'] },
      );
      const ended = once(app, 'exit');
      while (app.exitCode === null) {
        await receiver.close();
        await Promise.race([ended, once(AbortSignal.timeout(AWAY_MS), 'abort')]);
        await receiver.open();
        await Promise.race([ended, once(AbortSignal.timeout(AWAY_MS), 'abort')]);
      }
      await poll(async () => (receiver.documents.length > LINES ? true : undefined), {
        what: 'each line at the receiver',
        timeoutMs: 30_000,
      });
      const lines = receiver.documents.filter((it) => 'fields' in it);
      const numbers = lines.map((it) => (it['fields'] as { number: number }).number);
      expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: LINES }, (_, i) => i));
      expect(lines[7]).toMatchObject({
        '@timestamp': lines[7]?.['timestamp'],
        service: { name: 'shop' },
        message: 'ünïcode "line"',
        fields: { share: 3.217 },
      });
      const others = receiver.documents.filter((it) => !('fields' in it));
      expect(others.map(({ message }) => message)).toEqual(['a "line" of another program']);
      expect(receiver.refusals).toEqual([]);
      expect(readdirSync(join(folder, 'log')).length).toBeGreaterThan(4);
    });
  },
);
