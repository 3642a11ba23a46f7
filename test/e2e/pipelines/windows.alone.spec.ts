import { trace } from '@opentelemetry/api';
import {
  bufferCount,
  bufferTime,
  filter,
  lastValueFrom,
  of,
  pipe,
  reduce,
  Subject,
  toArray,
  VirtualTimeScheduler,
} from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { RecordingSdk } from '../../unit/tracing/span/traced-application.js';
import { startPipeline } from './observed-pipeline.js';

const running: { close(): unknown }[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

async function start() {
  const started = await startPipeline();
  running.push(started.application);
  return started;
}

describe('a stage around an operator', () => {
  it('Counts what arrives and what leaves', async () => {
    const { flow, scrape } = await start();
    const sum = flow.stage(
      'sum',
      reduce((total: number, it: number) => total + it),
    );
    expect(await lastValueFrom(of(1, 2, 3).pipe(sum))).toBe(6);
    const read = await scrape();
    const labels = { pipeline: 'p', stage: 'sum' };
    expect(read('pipeline_stage_events_in_total', labels)).toBe(3);
    expect(read('pipeline_stage_events_out_total', labels)).toBe(1);
  });
});

describe('the windows of a stage', () => {
  const labels = { pipeline: 'p', stage: 'pairs', window_type: 'tumbling' };

  it('Are counted, timed from their first event, and hold the events that arrived since', async () => {
    const { flow, clock, scrape } = await start();
    const source = new Subject<number>();
    const window = { window: 'tumbling', bytes: (it: number[]) => it.length * 8 } as const;
    const run = source.pipe(flow.stage('pairs', bufferCount<number>(2), window)).subscribe();
    source.next(1);
    clock.advance(3_000);
    source.next(2);
    source.next(3);
    const read = await scrape();
    expect(read('pipeline_windows_closed_total', labels)).toBe(1);
    expect(read('pipeline_window_duration_seconds_sum', labels)).toBeCloseTo(3, 6);
    expect(read('pipeline_window_events', labels)).toBe(1);
    expect(read('pipeline_window_bytes', labels)).toBe(16);
    run.unsubscribe();
    const after = await scrape();
    expect(after('pipeline_window_events', labels)).toBe(0);
    const dropped = { pipeline: 'p', stage: 'pairs', reason: 'cancelled' };
    expect(after('pipeline_stage_dropped_total', dropped)).toBe(1);
  });

  it('Are timed from the first of their own events when they overlap', async () => {
    const { flow, clock, scrape } = await start();
    const source = new Subject<number>();
    source.pipe(flow.stage('last', bufferCount<number>(3, 1), { window: 'sliding' })).subscribe();
    for (let i = 0; i < 5; i++) {
      source.next(i);
      clock.advance(1_000);
    }
    const read = await scrape();
    const sliding = { pipeline: 'p', stage: 'last', window_type: 'sliding' };
    expect(read('pipeline_windows_closed_total', sliding)).toBe(3);
    expect(read('pipeline_window_duration_seconds_sum', sliding)).toBeCloseTo(6, 6);
    expect(read('pipeline_window_events', sliding)).toBe(3);
  });

  it('Stay as they are when a hook throws or returns no number, which counts as a fault', async () => {
    const { flow, scrape } = await start();
    const window = {
      window: 'tumbling',
      size: () => Number.NaN,
      bytes: () => {
        throw new Error('unknown');
      },
    } as const;
    const pairs = flow.stage('pairs', bufferCount<number>(2), window);
    expect(await lastValueFrom(of(1, 2, 3, 4).pipe(pairs, toArray()))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const read = await scrape();
    expect(read('observability_errors_total', { component: 'pipelines' })).toBe(4);
    expect(read('pipeline_windows_closed_total', labels)).toBe(2);
    expect(read('pipeline_window_events', labels)).toBe(0);
  });

  it('Hold no event that comes too late for them, in windows of one second', async () => {
    const { flow, scrape } = await start();
    const scheduler = new VirtualTimeScheduler(undefined, 2_950);
    const source = new Subject<number>();
    const isInTime = (at: number) => {
      const isLate = at < scheduler.now() - 1_000;
      if (isLate) flow.drop('pairs', 'late');
      return !isLate;
    };
    const operator = pipe(filter(isInTime), bufferTime<number>(1_000, scheduler));
    const sizes: number[] = [];
    source
      .pipe(flow.stage('pairs', operator, { window: 'tumbling' }))
      .subscribe((it) => sizes.push(it.length));
    // The first event of each second is five seconds late.
    for (let ms = 50; ms < 3_000; ms += 100) {
      const at = ms % 1_000 === 50 ? ms - 5_000 : ms;
      scheduler.schedule(() => source.next(at), ms);
    }
    scheduler.flush();
    const read = await scrape();
    const stage = { pipeline: 'p', stage: 'pairs' };
    expect(sizes).toEqual([9, 9]);
    expect(read('pipeline_windows_closed_total', labels)).toBe(2);
    expect(read('pipeline_window_events', labels)).toBe(9);
    expect(read('pipeline_stage_events_in_total', stage)).toBe(30);
    expect(read('pipeline_stage_dropped_total', { ...stage, reason: 'late' })).toBe(3);
    source.complete();
    const after = await scrape();
    expect(sizes).toEqual([9, 9, 9]);
    expect(after('pipeline_window_events', labels)).toBe(0);
    expect(after('pipeline_stage_dropped_total', { ...stage, reason: 'cancelled' })).toBe(0);
  });

  it('Have a trace of their own with links to the spans of 128 events, and carry it on', async () => {
    const sdk = new RecordingSdk();
    running.push(sdk);
    const { flow } = await start();
    const source = new Subject<{ readonly n: number }>();
    const windows = flow.stage('all', bufferCount<{ readonly n: number }>(500), {
      window: 'tumbling',
    });
    const store = flow.step('store', (events: readonly object[]) => events.length);
    const seen: number[] = [];
    source.pipe(flow.stream('in'), windows).subscribe((it) => seen.push(store(it)));
    const tracer = trace.getTracer('test');
    for (let n = 0; n < 500; n++) {
      tracer.startActiveSpan(`produce ${n}`, (span) => {
        source.next({ n });
        span.end();
      });
    }
    expect(seen).toEqual([500]);
    const window = sdk.span('pipeline p all');
    expect(window.parentSpanContext).toBeUndefined();
    expect(window.attributes).toMatchObject({
      'pipeline.name': 'p',
      'pipeline.stage': 'all',
      'pipeline.stage.type': 'window',
      'pipeline.window.type': 'tumbling',
      'events.count': 500,
      'links.omitted': 372,
    });
    const entered = sdk.spans().filter(({ name }) => name === 'pipeline p');
    const expected = entered.slice(-128).map((it) => it.spanContext().spanId);
    expect(window.links.map(({ context }) => context.spanId)).toHaveLength(128);
    // The span of the event that closes the window has not ended before.
    expect(window.links.map(({ context }) => context.spanId)).toEqual(expected);
    const stored = sdk.span('pipeline p store');
    expect(stored.parentSpanContext?.spanId).toBe(window.spanContext().spanId);
  });
});
