import { Readable, Writable } from 'node:stream';
import { bufferCount, NEVER, Subject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { poll } from '../../system/poll.js';
import { startPipeline } from './observed-pipeline.js';

const running: { close(): unknown }[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

const DROPPED = 200;

describe('subscriptions and streams that nothing ends', () => {
  it('Are collected with their events once the application has dropped them, and count as cancelled', async () => {
    const { application, flow, scrape } = await startPipeline();
    running.push(application);
    const events: WeakRef<object>[] = [];
    const event = () => {
      const made = { bytes: new Uint8Array(10_000) };
      events.push(new WeakRef(made));
      return made;
    };
    const drop = () => {
      const source = new Subject<object>();
      const stored = source.pipe(
        flow.stream('in'),
        flow.concatMap('store', () => NEVER),
      );
      flow.run(stored).subscribe();
      source.pipe(flow.stage('window', bufferCount(9), { window: 'tumbling' })).subscribe();
      for (let i = 0; i < 3; i++) source.next(event());
      const sink = flow.observe(new Writable({ objectMode: true, write: () => undefined }), 'sink');
      sink.write(event());
      flow.observe(new Readable({ objectMode: true, read: () => undefined }), 'rows').push(event());
      const loop = flow.each(Readable.from([event()]), 'each')[Symbol.asyncIterator]();
      void loop.next();
    };
    for (let i = 0; i < DROPPED; i++) drop();
    const counts = async () => {
      const read = await scrape();
      const of1 = (name: string, more = {}) => read(`pipeline_${name}`, { pipeline: 'p', ...more });
      return {
        waiting: of1('stage_waiting', { stage: 'store' }),
        inWindows: of1('window_events', { stage: 'window' }),
        cancelled: of1('stage_dropped_total', { stage: 'store', reason: 'cancelled' }),
        fromWindows: of1('stage_dropped_total', { stage: 'window', reason: 'cancelled' }),
        runs: of1('runs'),
        streams: ['in', 'sink', 'rows', 'each'].map((stream) =>
          of1('stream_subscribers', { stream }),
        ),
        events: events.filter((it) => it.deref() !== undefined).length,
      };
    };
    expect(await counts()).toMatchObject({
      ...{ waiting: 2 * DROPPED, inWindows: 3 * DROPPED, cancelled: 0, fromWindows: 0 },
      runs: 2 * DROPPED,
      streams: [DROPPED, DROPPED, DROPPED, DROPPED],
    });
    const collected = async () => {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
      const found = await counts();
      return found.events === 0 && found.streams.every((it) => it === 0) ? found : undefined;
    };
    const left = await poll(collected, { what: 'everything collected', timeoutMs: 10_000 });
    expect(left).toMatchObject({ waiting: 0, inWindows: 0, runs: 0 });
    expect(left).toMatchObject({ cancelled: 2 * DROPPED, fromWindows: 3 * DROPPED });
  });
});
