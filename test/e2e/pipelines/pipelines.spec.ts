import fc from 'fast-check';
import { filter, lastValueFrom, NEVER, of, Subject, throwError, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { type Flattening, Pipelines, pipelines } from '../../../lib/pipelines/index.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

const running: RunningApplication[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

async function start() {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ plugins: [pipelines()] })],
  });
  running.push(application);
  const all = application.app.get(Pipelines);
  const page = async () => (await application.get('/metrics')).text;
  return { all, page };
}

/** Reads the samples of a stage. */
const stageOf = (text: string, pipeline: string, stage: string) => {
  const read = (name: string, labels = {}) =>
    sampleOf(text, `eventcore_pipeline_stage_${name}`, { pipeline, stage, ...labels });
  return {
    in: read('events_in_total'),
    out: read('events_out_total'),
    waiting: read('waiting'),
    working: read('concurrent'),
    cancelled: read('dropped_total', { reason: 'cancelled' }),
    overflow: read('dropped_total', { reason: 'overflow' }),
    utilization: read('utilization_ratio'),
    oldest: read('oldest_waiting_seconds'),
    failed: sampleOf(text, 'eventcore_pipeline_stage_duration_seconds_count', {
      pipeline,
      stage,
      outcome: 'failure',
    }),
  };
};

describe('a pipeline', () => {
  it('Counts events at its input, its output and each stage', async () => {
    const { all, page } = await start();
    const flow = all.pipeline('trades');
    const isEu = flow.step('only_eu', (trade: { venue: string }) => trade.venue === 'eu', {
      type: 'filter',
    });
    const seen = await lastValueFrom(
      flow.run(
        of({ venue: 'eu' }, { venue: 'us' }, { venue: 'eu' }).pipe(
          flow.stream('trades'),
          filter(isEu),
          flow.mergeMap('enrich', async (trade) => ({ ...trade, sector: 'tech' }), 4),
          flow.stream('enriched'),
          toArray(),
        ),
      ),
    );
    expect(seen).toHaveLength(2);
    const text = await page();
    const of1 = (name: string, labels = {}) =>
      sampleOf(text, `eventcore_pipeline_${name}`, { pipeline: 'trades', ...labels });
    expect(of1('events_received_total')).toBe(3);
    expect(of1('events_emitted_total')).toBe(2);
    expect(of1('stream_events_sent_total', { stream: 'trades' })).toBe(3);
    expect(of1('stream_subscribers', { stream: 'trades' })).toBe(0);
    expect(of1('runs_total', { outcome: 'completed' })).toBe(1);
    expect(of1('runs')).toBe(0);
    expect(stageOf(text, 'trades', 'only_eu')).toMatchObject({ in: 3, out: 2, working: 0 });
    expect(stageOf(text, 'trades', 'enrich')).toMatchObject({ in: 2, out: 2, waiting: 0 });
    expect(sampleOf(text, 'eventcore_pipelines_active')).toBe(0);
  });

  it('Shows how many events wait and how many are worked on', async () => {
    const { all, page } = await start();
    const flow = all.pipeline('p');
    const source = new Subject<number>();
    const results = new Map<number, Subject<number>>();
    const run = flow
      .run(
        source.pipe(
          flow.stream('in'),
          flow.mergeMap(
            'work',
            (event) => {
              const result = new Subject<number>();
              results.set(event, result);
              return result;
            },
            4,
          ),
        ),
      )
      .subscribe();
    for (let i = 0; i < 100; i++) source.next(i);
    const finish = (event: number) => {
      results.get(event)?.next(event);
      results.get(event)?.complete();
    };
    for (let i = 0; i < 8; i++) finish(i);
    const text = await page();
    expect(stageOf(text, 'p', 'work')).toMatchObject({
      in: 100,
      out: 8,
      waiting: 88,
      working: 4,
      utilization: 1,
    });
    expect(stageOf(text, 'p', 'work').oldest).toBeGreaterThan(0);
    run.unsubscribe();
    expect(stageOf(await page(), 'p', 'work')).toMatchObject({
      waiting: 0,
      working: 0,
      cancelled: 92,
      oldest: 0,
    });
  });

  it('Tells dropped from cancelled events', async () => {
    const { all, page } = await start();
    const flow = all.pipeline('p');
    const source = new Subject<number>();
    source.pipe(flow.exhaustMap('exhaust', () => NEVER)).subscribe();
    source.pipe(flow.switchMap('switch', () => NEVER)).subscribe();
    source.pipe(flow.concatMap('concat', () => NEVER)).subscribe();
    for (let i = 0; i < 10; i++) source.next(i);
    const text = await page();
    expect(stageOf(text, 'p', 'exhaust')).toMatchObject({ in: 10, overflow: 9, working: 1 });
    expect(stageOf(text, 'p', 'switch')).toMatchObject({ in: 10, cancelled: 9, working: 1 });
    expect(stageOf(text, 'p', 'concat')).toMatchObject({ in: 10, waiting: 9, working: 1 });
  });

  it('Counts a failure of its work once, with its type, and the run as failed', async () => {
    const { all, page } = await start();
    const flow = all.pipeline('p');
    const work = (it: number) => (it === 2 ? throwError(() => new RangeError('no')) : of(it));
    const chain = of(1, 2, 3).pipe(flow.stream('in'), flow.concatMap('work', work));
    await expect(lastValueFrom(flow.run(chain))).rejects.toThrow('no');
    const text = await page();
    expect(stageOf(text, 'p', 'work')).toMatchObject({ in: 2, out: 1, failed: 1, working: 0 });
    const labels = { pipeline: 'p', stage: 'work', error_type: 'RangeError' };
    expect(sampleOf(text, 'eventcore_pipeline_stage_errors_total', labels)).toBe(1);
    expect(sampleOf(text, 'eventcore_pipeline_errors_total', { pipeline: 'p' })).toBe(1);
    expect(sampleOf(text, 'eventcore_errors_total', { source: 'pipeline' })).toBe(1);
    const failed = { pipeline: 'p', outcome: 'failed' };
    expect(sampleOf(text, 'eventcore_pipeline_runs_total', failed)).toBe(1);
  });

  it('Knows the latency of events with an event time, also of what was made from them', async () => {
    const { all, page } = await start();
    const flow = all.pipeline('p');
    await lastValueFrom(
      of({ at: Date.now() - 60_000 }, { at: Number.NaN }).pipe(
        flow.stream('in', {
          eventTime: ({ at }) => {
            if (Number.isNaN(at)) throw new Error('unknown');
            return at;
          },
        }),
        flow.mergeMap('copy', async ({ at }) => ({ copied: at })),
        flow.stream('out'),
      ),
    );
    const text = await page();
    const labels = { pipeline: 'p' };
    expect(sampleOf(text, 'eventcore_pipeline_latency_seconds_count', labels)).toBe(1);
    expect(sampleOf(text, 'eventcore_pipeline_latency_seconds_sum', labels)).toBeCloseTo(60, 0);
    expect(sampleOf(text, 'eventcore_pipeline_events_emitted_total', labels)).toBe(2);
    const faults = { component: 'pipelines' };
    expect(sampleOf(text, 'eventcore_observability_errors_total', faults)).toBe(1);
  });
});

type Action = readonly ['push'] | readonly ['end' | 'fail', number] | readonly ['leave'];

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(['push'] as const) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('end' as const), fc.nat(20)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('fail' as const), fc.nat(20)) },
  { weight: 1, arbitrary: fc.constant(['leave'] as const) },
);

describe('the events of a stage', () => {
  it('Are worked on, wait, were dropped, failed or left at any time, whatever happens', async () => {
    const { all, page } = await start();
    const kinds = fc.constantFrom('mergeMap', 'concatMap', 'switchMap', 'exhaustMap' as const);
    const cases = fc.sample(fc.tuple(kinds, fc.array(action, { maxLength: 40 })), 60);
    for (const [i, [kind, actions]] of cases.entries()) act(all, kind, actions, `s${i}`);
    const text = await page();
    const families = parseTextFormat(text);
    const wrong = cases.filter((_, i) => {
      const of1 = (name: string, labels = {}) =>
        valueIn(families, name, { stage: `s${i}`, ...labels });
      const ended = of1('events_out_total') + of1('dropped_total', { reason: 'cancelled' });
      const lost = of1('dropped_total', { reason: 'overflow' });
      const failed = of1('duration_seconds_count', { outcome: 'failure' });
      const held = of1('waiting') + of1('concurrent');
      return ended + lost + failed + held !== of1('events_in_total');
    });
    expect(wrong).toEqual([]);
  });
});

/** Lets events arrive at a stage, end, fail and be left, in a random order. */
function act(all: Pipelines, kind: Flattening, actions: readonly Action[], stage: string): void {
  const source = new Subject<number>();
  const open: Subject<number>[] = [];
  const project = () => {
    const result = new Subject<number>();
    open.push(result);
    return result;
  };
  const flow = all.pipeline('random');
  const operator =
    kind === 'mergeMap' ? flow.mergeMap(stage, project, 2) : flow[kind](stage, project);
  const subscription = source.pipe(operator).subscribe({ error: () => undefined });
  for (const [what, which = 0] of actions) {
    if (what === 'push') source.next(0);
    else if (what === 'leave') subscription.unsubscribe();
    else if (open.length > 0) {
      const [result] = open.splice(which % open.length, 1);
      if (what === 'fail') result?.error(new Error('no'));
      else {
        result?.next(0);
        result?.complete();
      }
    }
  }
}

/** Returns a sample of a stage; 0 for none. */
function valueIn(
  families: ReturnType<typeof parseTextFormat>,
  name: string,
  labels: Readonly<Record<string, string>>,
): number {
  const metric = `eventcore_pipeline_stage_${name}`;
  const samples = [...families.values()].flatMap((it) => it.samples);
  const found = samples.find(
    (it) =>
      it.name === metric &&
      Object.entries(labels).every(([key, value]) => it.labels[key] === value),
  );
  return found?.value ?? 0;
}
