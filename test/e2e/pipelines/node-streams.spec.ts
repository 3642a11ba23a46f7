import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningApplication } from '../module/running-application.js';
import { startPipeline } from './observed-pipeline.js';

const running: RunningApplication[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

async function start() {
  const started = await startPipeline();
  running.push(started.application);
  return started;
}

const passed = (stream: string, role: string) => ({ pipeline: 'p', stream, role });

/** A sink that finishes a chunk when it is told to. */
function heldSink(options: { readonly objectMode: boolean; readonly highWaterMark: number }) {
  const held: (() => void)[] = [];
  let isHeld = true;
  const sink = new Writable({
    ...options,
    write: (_chunk, _encoding, done) => (isHeld ? void held.push(done) : done()),
  });
  const release = () => {
    isHeld = false;
    for (const it of held.splice(0)) it();
  };
  return { sink, release };
}

describe('an observed stream of Node.js', () => {
  it('Is the same object, and its chunks are counted in front of it and behind it', async () => {
    const { flow, scrape } = await start();
    const source = Readable.from(['a', 'b', 'c', 'd']);
    expect(flow.observe(source, 'rows')).toBe(source);
    const odd = new Transform({
      objectMode: true,
      transform: (chunk: string, _encoding, done) => done(null, chunk < 'c' ? chunk : undefined),
    });
    const seen: string[] = [];
    const sink = new Writable({
      objectMode: true,
      write: (chunk: string, _encoding, done) => {
        seen.push(chunk);
        done();
      },
    });
    await pipeline(source, flow.observe(odd, 'odd'), flow.observe(sink, 'sink'));
    expect(seen).toEqual(['a', 'b']);
    const read = await scrape();
    const counts = (stream: string, role: string) => [
      read('pipeline_stream_events_received_total', passed(stream, role)),
      read('pipeline_stream_events_sent_total', passed(stream, role)),
      read('pipeline_stream_subscribers', { pipeline: 'p', stream }),
    ];
    expect(counts('rows', 'input')).toEqual([4, 4, 0]);
    expect(counts('odd', 'output')).toEqual([4, 2, 0]);
    expect(counts('sink', 'output')).toEqual([2, 2, 0]);
  });

  it.each([
    ['it drains', (sink: Writable, release: () => void) => void (release(), sink)],
    ['it fails', (sink: Writable) => void sink.destroy(new Error('broken'))],
    ['it is closed', (sink: Writable) => void sink.destroy()],
    ['its producer ends it', (sink: Writable) => void sink.end()],
  ] as const)('Refuses chunks until %s', async (_how, stop) => {
    const { flow, clock, scrape } = await start();
    const { sink, release } = heldSink({ objectMode: true, highWaterMark: 1 });
    sink.on('error', () => undefined);
    flow.observe(sink, 'sink').write({});
    sink.write({});
    clock.advance(2_000);
    const labels = { pipeline: 'p', stream: 'sink' };
    expect((await scrape())('pipeline_stream_backpressure_seconds_total', labels)).toBe(2);
    clock.advance(500);
    stop(sink, release);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(60_000);
    const read = await scrape();
    expect(read('pipeline_stream_backpressure_seconds_total', labels)).toBe(2.5);
    expect(read('pipeline_stream_backpressure_events_total', labels)).toBe(1);
    sink.destroy();
  });

  it('Shows its buffers at the scrape, events in object mode and bytes otherwise, and 0 once closed', async () => {
    const { flow, scrape } = await start();
    const { sink } = heldSink({ objectMode: true, highWaterMark: 4 });
    const bytes = heldSink({ objectMode: false, highWaterMark: 100 }).sink;
    flow.observe(sink, 'events');
    flow.observe(bytes, 'bytes');
    sink.write({});
    sink.write({});
    bytes.write(Buffer.alloc(25));
    const of1 = (stream: string) => ({ pipeline: 'p', stream, side: 'writable' });
    const read = await scrape();
    expect(read('pipeline_stream_buffer_size', of1('events'))).toBe(2);
    expect(read('pipeline_stream_buffer_utilization_ratio', of1('events'))).toBe(0.5);
    expect(read('pipeline_stream_buffer_bytes', of1('bytes'))).toBe(25);
    expect(read('pipeline_stream_buffer_utilization_ratio', of1('bytes'))).toBe(0.25);
    sink.destroy();
    bytes.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    const after1 = await scrape();
    expect(after1('pipeline_stream_buffer_size', of1('events'))).toBe(0);
    expect(after1('pipeline_stream_buffer_bytes', of1('bytes'))).toBe(0);
    expect(after1('pipeline_stream_subscribers', { pipeline: 'p', stream: 'bytes' })).toBe(0);
  });

  it('Fails as it would unobserved: without a listener, its error is thrown', async () => {
    const { flow } = await start();
    const { sink } = heldSink({ objectMode: true, highWaterMark: 1 });
    flow.observe(sink, 'sink');
    expect(sink.listenerCount('error')).toBe(0);
    expect(() => sink.emit('error', new Error('broken'))).toThrow('broken');
    const source = flow.observe(Readable.from([1]), 'source');
    expect(source.readableFlowing).toBeNull();
  });
});
