import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LineFormats } from '../../../lib/logging/encode/line-formats.js';
import { LogRecord } from '../../../lib/logging/log-record.js';
import type { SinkHost } from '../../../lib/logging/sinks/log-sink.js';
import { streamSink } from '../../../lib/logging/sinks/stream.sink.js';

function hostWith(dropped: Map<string, number>): SinkHost {
  return {
    clock: { monotonicMs: () => 0, wallMs: () => 0 },
    service: {},
    formats: new LineFormats({
      service: {},
      traceFields: 'nested',
      fallback: 'json',
      maxLineBytes: 65_536,
      colors: false,
    }),
    dropped: (reason, lines) => void dropped.set(reason, (dropped.get(reason) ?? 0) + lines),
    exported: () => undefined,
    report: () => undefined,
  };
}

const line = (text: string) =>
  new LogRecord({ timeMs: 0, level: 'info', target: 'test', message: text, fieldsText: '{}' });

describe('a stream', () => {
  it('The lines of one turn are one write, in the format of pino for its transports', async () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write: (chunk, _, done) => (chunks.push(String(chunk)), done()),
    });
    const sink = streamSink(stream, { format: 'pino' }).open(hostWith(new Map()));
    sink.write(line('a'));
    sink.write(line('b'));
    await sink.flush();
    expect(chunks.filter((it) => it !== '')).toEqual([
      '{"level":30,"time":0,"name":"test","msg":"a"}\n{"level":30,"time":0,"name":"test","msg":"b"}\n',
    ]);
  });

  it('A stalled reader costs its bound, the drops are counted, and the next line names them', async () => {
    const dropped = new Map<string, number>();
    const chunks: string[] = [];
    const waiting: (() => void)[] = [];
    const stream = new Writable({
      write: (chunk, _, done) => {
        chunks.push(String(chunk));
        waiting.push(done);
      },
    });
    const sink = streamSink(stream, { maxBufferedBytes: 4_096 }).open(hostWith(dropped));
    for (let i = 0; i < 200; i++) sink.write(line(`n${i}`));
    await new Promise(setImmediate);
    const lost = dropped.get('overflow') ?? 0;
    expect(lost).toBeGreaterThan(100);
    expect(sink.bufferedBytes).toBeLessThan(4_096 + 200);
    while (stream.writableLength > 0) {
      for (const it of waiting.splice(0)) it();
      await new Promise(setImmediate);
    }
    sink.write(line('after'));
    await new Promise(setImmediate);
    expect(chunks.join('')).toContain(`"message":"${lost} lines dropped"`);
    expect(chunks.join('')).toContain('"message":"after"');
  });

  it('A reader that has gone does not end the process, and its lines are counted', async () => {
    const dropped = new Map<string, number>();
    const stream = new Writable({ write: (_chunk, _, done) => done(new Error('EPIPE')) });
    const sink = streamSink(stream).open(hostWith(dropped));
    sink.write(line('a'));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    sink.write(line('b'));
    expect(dropped.get('error')).toBe(1);
  });
});
