import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Subject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { Pipelines, pipelines } from '../../../lib/pipelines/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';
import { startPipeline } from './observed-pipeline.js';

const running: RunningApplication[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

/** An application on a clock of the test. */
async function start() {
  const started = await startPipeline();
  running.push(started.application);
  const { scrape } = started;
  const sample = async (name: string, stream: string) =>
    (await scrape())(`pipeline_stream_${name}`, { pipeline: 'p', stream });
  return { ...started, sample };
}

/** An application on the clock of the system. */
async function startOnTime() {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ plugins: [pipelines()] })],
  });
  running.push(application);
  const blockedMs = async (stream: string) => {
    const { text } = await application.get('/metrics');
    const name = 'eventcore_pipeline_stream_backpressure_seconds_total';
    return 1_000 * (sampleOf(text, name, { stream }) ?? Number.NaN);
  };
  return { flow: application.app.get(Pipelines).pipeline('p'), blockedMs };
}

/** Lets the turn of the event loop end, for which the time of arrivals is read once. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

const OBJECTS = { objectMode: true, highWaterMark: 4 };

/** Time that the test knows: a process that is kept waiting may be so between two readings of the clock. */
class KnownTime {
  #earliestMs = 0;
  #latestMs = 0;
  #beganMs = 0;
  #endMs = 0;
  #leastMs = 0;
  #mostMs = 0;

  mayBegin(): void {
    this.#earliestMs = performance.now();
  }

  hasBegun(): void {
    this.#beganMs = performance.now();
  }

  mayEnd(): void {
    this.#endMs = performance.now();
  }

  hasEnded(): void {
    this.#latestMs = performance.now();
    this.#leastMs += Math.max(0, this.#endMs - this.#beganMs);
    this.#mostMs += this.#latestMs - this.#earliestMs;
  }

  /** Returns by which part a time is shorter than is possible, or longer. */
  errorOf(ms: number): number {
    return Math.max(1 - ms / this.#leastMs, ms / this.#mostMs - 1);
  }
}

describe('the blocked time of a stream', () => {
  it('Is that of a sink that takes 10 ms for a chunk, within 2 %', async () => {
    const { flow, blockedMs } = await startOnTime();
    const known = new KnownTime();
    const write = (_chunk: unknown, _encoding: string, done: () => void) =>
      setTimeout(() => {
        known.mayEnd();
        done();
      }, 10);
    const sink = flow.observe(new Writable({ ...OBJECTS, write }), 'sink');
    for (let i = 0; i < 24; i++) {
      known.mayBegin();
      if (sink.write({})) continue;
      known.hasBegun();
      await once(sink, 'drain');
      known.hasEnded();
    }
    sink.end();
    const foundMs = await blockedMs('sink');
    expect(foundMs).toBeGreaterThan(50);
    expect(known.errorOf(foundMs)).toBeLessThan(0.02);
  });

  it('Is that of a loop that works 10 ms on an event, within 2 %', async () => {
    const { flow, blockedMs } = await startOnTime();
    const known = new KnownTime();
    async function* events() {
      for (let i = 0; i < 10; i++) {
        if (i > 0) known.hasEnded();
        await pause(5);
        known.mayBegin();
        yield i;
      }
      known.hasEnded();
    }
    for await (const _ of flow.each(events(), 'events')) {
      known.hasBegun();
      await pause(10);
      known.mayEnd();
    }
    const foundMs = await blockedMs('events');
    expect(foundMs).toBeGreaterThan(50);
    expect(known.errorOf(foundMs)).toBeLessThan(0.02);
  });

  it('Is exact by the clock for a loop, also while it works', async () => {
    const { flow, clock, sample } = await start();
    const seconds: unknown[] = [];
    for await (const event of flow.each(Readable.from([1, 2]), 'events')) {
      clock.advance(event * 1_000);
      seconds.push(await sample('backpressure_seconds_total', 'events'));
    }
    clock.advance(60_000);
    expect(seconds).toEqual([1, 3]);
    expect(await sample('backpressure_seconds_total', 'events')).toBe(3);
    expect(await sample('backpressure_events_total', 'events')).toBeUndefined();
  });
});

describe('the age of the oldest event of a stream', () => {
  it('Is that of the chunk that has waited longest in the buffer of a sink', async () => {
    const { flow, clock, sample } = await start();
    const held: (() => void)[] = [];
    const write = (_chunk: unknown, _encoding: string, done: () => void) => void held.push(done);
    const sink = flow.observe(new Writable({ ...OBJECTS, write }), 'sink');
    // The sink works on the first chunk: it does not wait.
    sink.write('a');
    expect(await sample('oldest_event_age_seconds', 'sink')).toBe(0);
    sink.write('b');
    await turn();
    clock.advance(3_000);
    sink.write('c');
    await turn();
    clock.advance(2_000);
    expect(await sample('oldest_event_age_seconds', 'sink')).toBe(5);
    held.shift()?.();
    await turn();
    expect(await sample('oldest_event_age_seconds', 'sink')).toBe(2);
    held.shift()?.();
    await turn();
    expect(await sample('oldest_event_age_seconds', 'sink')).toBe(0);
    sink.destroy();
  });

  it.each([true, false])(
    'Is that of the chunk that nothing has read of a source, in object mode: %s',
    async (objectMode) => {
      const { flow, clock, sample } = await start();
      const source = flow.observe(new Readable({ objectMode, read: () => undefined }), 'source');
      source.push('a');
      await turn();
      clock.advance(3_000);
      source.push('b');
      await turn();
      clock.advance(1_000);
      expect(await sample('oldest_event_age_seconds', 'source')).toBe(4);
      // Without object mode, it is all that has arrived.
      source.read();
      expect(await sample('oldest_event_age_seconds', 'source')).toBe(objectMode ? 1 : 0);
      source.destroy();
    },
  );

  it('Is that of the event that has waited longest for a stage, since its event time, and is of its own stream', async () => {
    const { flow, clock, sample } = await start();
    const trades = new Subject<{ at: number }>();
    const quotes = new Subject<{ at: number }>();
    const work: Subject<void>[] = [];
    const held = () => {
      const made = new Subject<void>();
      work.push(made);
      return made;
    };
    const eventTime = ({ at }: { at: number }) => at;
    const input = (name: string) => flow.stream<{ at: number }>(name, { role: 'input', eventTime });
    trades.pipe(input('trades'), flow.concatMap('store', held)).subscribe();
    quotes.pipe(input('quotes'), flow.concatMap('show', held)).subscribe();
    const nowMs = clock.wallMs();
    for (const seconds of [9, 7, 5]) trades.next({ at: nowMs - seconds * 1_000 });
    quotes.next({ at: nowMs - 60_000 });
    expect(await sample('oldest_event_age_seconds', 'trades')).toBe(7);
    expect(await sample('oldest_event_age_seconds', 'quotes')).toBe(0);
    work[0]?.complete();
    clock.advance(1_000);
    expect(await sample('oldest_event_age_seconds', 'trades')).toBe(6);
  });
});

describe('the health of a pipeline whose sink is blocked', () => {
  /** A sink that works on a chunk until it is told to finish it. */
  function heldSink() {
    const held: (() => void)[] = [];
    const write = (_chunk: unknown, _encoding: string, done: () => void) => void held.push(done);
    return { sink: new Writable({ objectMode: true, highWaterMark: 1, write }), held };
  }

  it('Falls below 0.5 when the sink takes no chunk for 9 seconds, and names the stream', async () => {
    const { flow, clock } = await start();
    const { sink, held } = heldSink();
    flow.observe(sink, 'sink').write({});
    sink.write({});
    for (let i = 0; i < 6; i++) {
      expect(flow.health()).toMatchObject({ score: 1 });
      sink.write({});
      held.shift()?.();
      await turn();
    }
    expect(flow.health()).toMatchObject({ score: 1 });
    clock.advance(9_000);
    expect(flow.health()).toMatchObject({
      level: 'degraded',
      factors: { freshness: 1 - 9 / 16, errors: 1 },
      reason: 'stream sink has taken none of its events for 9 s',
    });
    held.shift()?.();
    await turn();
    expect(flow.health()).toMatchObject({ score: 1, reason: undefined });
    sink.destroy();
  });

  it('Knows the blocked share only with a limit for it, since every file that is copied has one', async () => {
    const { application, clock } = await start();
    const all = application.app.get(Pipelines);
    const flow = all.pipeline('limited', { blockedRatio: 0.5 });
    const { sink, held } = heldSink();
    expect(flow.observe(sink, 'sink').write({})).toBe(false);
    expect(flow.health().factors).toMatchObject({ backpressure: 1 });
    clock.advance(6_000);
    held.shift()?.();
    await turn();
    clock.advance(14_000);
    expect(flow.health()).toMatchObject({
      score: 0.7,
      factors: { backpressure: 0.7, freshness: 1 },
      reason: 'stream sink takes no events for 30 % of the time',
    });
    expect(all.pipeline('p').health().factors).toEqual({ errors: 1, buffer: 1, freshness: 1 });
    sink.destroy();
  });
});
