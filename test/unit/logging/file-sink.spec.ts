import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { LineFormats } from '../../../lib/logging/encode/line-formats.js';
import { type LogFormat, LogRecord } from '../../../lib/logging/log-record.js';
import { FileOutput } from '../../../lib/logging/sinks/file-output.js';
import { fileSink } from '../../../lib/logging/sinks/file.sink.js';
import { LogFile } from '../../../lib/logging/sinks/log-file.js';
import type { SinkHost } from '../../../lib/logging/sinks/log-sink.js';

let folder: string;
let path: string;
let dropped: Record<string, number>;
let faults: unknown[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'));
  path = join(folder, 'app.log');
  dropped = {};
  faults = [];
});

const host: SinkHost = {
  clock: { monotonicMs: () => 0, wallMs: () => 0 },
  service: {},
  formats: new LineFormats({
    service: {},
    traceFields: 'nested',
    fallback: 'json',
    maxLineBytes: 65_536,
    colors: false,
  }),
  dropped: (reason, lines) => (dropped[reason] = (dropped[reason] ?? 0) + lines),
  exported: () => undefined,
  report: (fault) => faults.push(fault),
};

function line(number: number, text = ''): LogRecord {
  const fieldsText = JSON.stringify({ number, text });
  return new LogRecord({ timeMs: 0, level: 'info', target: 'test', message: 'm', fieldsText });
}

function numbersIn(file: string): number[] {
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((it) => it !== '');
  const parsed = lines.map((it) => JSON.parse(it) as { fields: { number?: number } });
  return parsed.flatMap(({ fields }) => fields.number ?? []);
}

/** Waits for turns of the event loop until something is true; the time limit of the test ends it. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(setImmediate);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** A file whose disk is full as long as the test says so. */
class FullDisk extends LogFile {
  isFull = false;

  override append(bytes: Buffer, done: (error: Error | null, written: number) => void): void {
    if (!this.isFull) return super.append(bytes, done);
    // The first bytes still fit.
    const fitting = bytes.subarray(0, 7);
    super.append(fitting, (_, written) =>
      done(Object.assign(new Error('full'), { code: 'ENOSPC' }), written),
    );
  }
}

const settings = () => ({ path, mode: 0o640, maxBytes: 1e9, maxFiles: 3 });

describe('a file', () => {
  it('A path that cannot be written stops the start', () => {
    const sink = fileSink({ path: join(folder, 'missing', 'app.log') });
    expect(() => sink.open(host)).toThrow(/fileSink\(\)\.path.*ENOENT/s);
  });

  it('Lines are appended in order to a file that others cannot read', async () => {
    writeFileSync(path, '', { mode: 0o640 });
    const sink = fileSink({ path }).open(host);
    for (const it of range(0, 5_000)) sink.write(line(it));
    await sink.close();
    expect(numbersIn(path)).toEqual(range(0, 5_000));
    expect(statSync(path).mode & 0o007).toBe(0);
  });

  it('What waits is written in order while the process exits', () => {
    const sink = fileSink({ path }).open(host);
    for (const it of range(0, 3_000)) sink.write(line(it));
    sink.flushSync?.();
    expect(numbersIn(path)).toEqual(range(0, 3_000));
  });

  it('What is under way is not written twice while the process exits', async () => {
    const sink = fileSink({ path }).open(host);
    for (const it of range(0, 2_000)) sink.write(line(it));
    await new Promise(setImmediate);
    for (const it of range(2_000, 3_000)) sink.write(line(it));
    sink.flushSync?.();
    expect(numbersIn(path)).toEqual(range(0, 3_000));
  });
});

describe('rotation', () => {
  it('A burst keeps the size, the count and the order of files, over restarts and beside foreign files', async () => {
    writeFileSync(join(folder, 'other.log.57'), '');
    for (const start of [0, 1_000, 2_000]) {
      const sink = fileSink({ path, maxBytes: 20_000, maxFiles: 3 }).open(host);
      for (const it of range(start, start + 1_000)) sink.write(line(it, 'x'.repeat(40)));
      await sink.close();
    }
    const files = ['app.log.3', 'app.log.2', 'app.log.1', 'app.log'];
    expect(readdirSync(folder).toSorted()).toEqual([...files, 'other.log.57'].toSorted());
    for (const it of files)
      expect(statSync(join(folder, it)).size).toBeLessThan(20_000 + 16_384 + 200);
    const numbers = files.flatMap((it) => numbersIn(join(folder, it)));
    expect(numbers).toEqual(range(3_000 - numbers.length, 3_000));
  });

  it('A file that another tool has renamed is opened again', async () => {
    const sink = fileSink({ path });
    const output = sink.open(host);
    output.write(line(1));
    await output.flush();
    renameSync(path, `${path}.old`);
    sink.reopen();
    output.write(line(2));
    await output.close();
    expect([numbersIn(`${path}.old`), numbersIn(path)]).toEqual([[1], [2]]);
  });
});

describe('a full disk', () => {
  function open(maxBufferedBytes: number) {
    const file = new FullDisk(settings());
    const due: (() => void)[] = [];
    const timers = { after: (_: number, run: () => void) => (due.push(run), () => undefined) };
    const format: LogFormat = host.formats.of('json');
    const output = new FileOutput({ host, format, file, maxBufferedBytes, timers });
    return { file, output, due };
  }

  it('Nothing before or after is missing, no line is torn, and the gap is counted and named', async () => {
    const { file, output, due } = open(2_000);
    output.write(line(0));
    await until(() => numbersIn(path).length === 1);
    file.isFull = true;
    for (const it of range(1, 100)) output.write(line(it));
    await until(() => faults.length > 0);
    const gap = dropped['overflow'] ?? 0;
    expect(gap).toBeGreaterThan(50);
    file.isFull = false;
    due.shift()?.();
    await until(() => output.bufferedBytes === 0);
    for (const it of range(100, 110)) output.write(line(it));
    await until(() => output.bufferedBytes === 0);
    const numbers = numbersIn(path);
    expect(numbers).toEqual([...range(0, 100 - gap), ...range(100, 110)]);
    expect(readFileSync(path, 'utf8')).toContain(`"message":"${gap} lines dropped"`);
  });

  it("With drop: 'oldest' a stalled disk costs the oldest lines, and a line names them at their place", async () => {
    const stalled: (() => void)[] = [];
    let text = '';
    const file = {
      append: (bytes: Buffer, done: (error: null, written: number) => void) => {
        stalled.push(() => {
          text += String(bytes);
          done(null, bytes.length);
        });
      },
      isFullFor: () => false,
      close: () => undefined,
    } as unknown as LogFile;
    const format: LogFormat = { name: 'fields', line: (it) => it.fieldsText };
    const output = new FileOutput({
      host,
      format,
      file,
      maxBufferedBytes: 65_536,
      dropsOldest: true,
    });
    for (let i = 0; i < 4_000; i++) {
      output.write(line(i));
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(output.bufferedBytes).toBeLessThanOrEqual(65_536);
    const flushed = output.flush();
    while (stalled.length > 0) stalled.shift()?.();
    await flushed;
    const lines = text.trimEnd().split('\n');
    const numbers = lines.flatMap((it) => (JSON.parse(it) as { number?: number }).number ?? []);
    const gap = lines.findIndex((it) => it.includes('"dropped"'));
    expect(numbers.at(-1)).toBe(3_999);
    expect(numbers.length + (dropped['overflow'] ?? 0)).toBe(4_000);
    expect(JSON.parse(lines[gap]!)).toMatchObject({ sink: 'file', dropped: dropped['overflow'] });
    expect(numbers[gap]).toBe((numbers[gap - 1] ?? 0) + 1 + (dropped['overflow'] ?? 0));
  });
});
