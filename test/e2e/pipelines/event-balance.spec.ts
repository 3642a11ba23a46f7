import {
  bufferCount,
  defer,
  filter,
  firstValueFrom,
  map,
  mergeMap,
  NEVER,
  type Observable,
  type ObservableInput,
  of,
  type OperatorFunction,
  pipe,
  repeat,
  retry,
  share,
  Subject,
  take,
  throwError,
} from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Flattening } from '../../../lib/pipelines/index.js';
import { startPipeline } from './observed-pipeline.js';

type Started = Awaited<ReturnType<typeof startPipeline>>;

let started: Started;
let read: Awaited<ReturnType<Started['scrape']>>;

/** Returns the counts of a stage that are not 0, as of the last scrape. */
function countsOf(stage: string): Readonly<Record<string, number>> {
  const of1 = (name: string, more = {}) =>
    read(`pipeline_stage_${name}`, { pipeline: 'p', stage, ...more }) ?? 0;
  const all = {
    in: of1('events_in_total'),
    out: of1('events_out_total'),
    failed: of1('duration_seconds_count', { outcome: 'failure' }),
    overflow: of1('dropped_total', { reason: 'overflow' }),
    cancelled: of1('dropped_total', { reason: 'cancelled' }),
    late: of1('dropped_total', { reason: 'late' }),
    waiting: of1('waiting'),
    concurrent: of1('concurrent'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
}

type Stage = (
  project: (event: number) => ObservableInput<number>,
) => OperatorFunction<number, number>;

const ignored = { error: () => undefined };
const numbers = of(1, 2, 3);
const itself = (it: number) => of(it);

/** Subscribes to events that a Subject passes one by one. */
function each(source: Subject<number>, stage: OperatorFunction<number, number>) {
  const seen = { next: (_result: number) => undefined as unknown };
  const run = source.pipe(stage).subscribe({ ...ignored, next: (it) => void seen.next(it) });
  return { run, seen };
}

/** What happens to a stage with three events or more, and the counts that follow for `concatMap`. */
const situations: Record<
  string,
  readonly [act: (stage: Stage) => unknown, counts: Readonly<Record<string, number>>]
> = {
  'a projection that throws': [
    (stage) =>
      numbers
        .pipe(
          stage((it) => {
            if (it === 2) throw new Error('no');
            return of(it);
          }),
        )
        .subscribe(ignored),
    { in: 2, out: 1, failed: 1 },
  ],
  'a projection that returns nothing to subscribe to': [
    (stage) => numbers.pipe(stage((() => 5) as never)).subscribe(ignored),
    { in: 1, failed: 1 },
  ],
  'a consumer that takes one result': [
    (stage) => numbers.pipe(stage(itself), take(1)).subscribe(),
    { in: 1, out: 1 },
  ],
  'a consumer that takes one result of promises': [
    (stage) => firstValueFrom(numbers.pipe(stage(async (it) => it))),
    { in: 3, out: 1, cancelled: 2 },
  ],
  'an unsubscription by the projection': [
    (stage) => {
      const source = new Subject<number>();
      const { run } = each(
        source,
        stage((it) => {
          if (it === 2) run.unsubscribe();
          return of(it);
        }),
      );
      for (const it of [1, 2, 3]) source.next(it);
    },
    { in: 2, out: 1, cancelled: 1 },
  ],
  'an unsubscription by the consumer of a result': [
    (stage) => {
      const source = new Subject<number>();
      const { run, seen } = each(source, stage(itself));
      seen.next = (it) => it === 2 && run.unsubscribe();
      for (const it of [1, 2, 3]) source.next(it);
    },
    { in: 2, out: 2 },
  ],
  'a source that fails': [
    (stage) => {
      const source = new Subject<number>();
      each(
        source,
        stage(() => NEVER),
      );
      for (const it of [1, 2]) source.next(it);
      source.error(new Error('no'));
    },
    { in: 2, cancelled: 2 },
  ],
  'a consumer that sends results back to the source': [
    (stage) => {
      const source = new Subject<number>();
      const { seen } = each(source, stage(itself));
      seen.next = (it) => it < 5 && source.next(it + 1);
      source.next(0);
    },
    { in: 6, out: 6 },
  ],
  'subscriptions that are tried again': [
    (stage) => {
      let failures = 0;
      const work = (it: number) => (it === 2 && failures++ < 2 ? throwError(() => 'no') : of(it));
      numbers.pipe(stage(work), retry(2)).subscribe();
    },
    { in: 7, out: 5, failed: 2 },
  ],
  'subscriptions that are repeated': [
    (stage) => numbers.pipe(stage(itself), repeat(3)).subscribe(),
    { in: 9, out: 9 },
  ],
  'results that two consumers share': [
    (stage) => {
      const source = new Subject<number>();
      const results = source.pipe(stage(itself), share());
      results.subscribe();
      results.subscribe();
      for (const it of [1, 2, 3]) source.next(it);
    },
    { in: 3, out: 3 },
  ],
};

const kinds: readonly Flattening[] = ['mergeMap', 'concatMap', 'switchMap', 'exhaustMap'];
const cases = kinds.flatMap((kind) => Object.keys(situations).map((name) => [kind, name] as const));

beforeAll(async () => {
  started = await startPipeline();
  for (const [kind, name] of cases)
    await situations[name]?.[0]((project) => started.flow[kind](`${kind} ${name}`, project));
  read = await started.scrape();
});
afterAll(() => started.application.close());

describe('the events of a stage, counted as they arrive and as they end', () => {
  it.each(cases)('Balance for %s with %s', (kind, name) => {
    const { in: arrived, ...ended } = countsOf(`${kind} ${name}`);
    expect(Object.values(ended).reduce((sum, it) => sum + it)).toBe(arrived);
    if (kind === 'concatMap') expect({ in: arrived, ...ended }).toEqual(situations[name]?.[1]);
  });

  it('Balance for a step whose Observable is subscribed to again, or never, and one that throws within map', async () => {
    let failures = 0;
    const flaky = started.flow.step('observable', (event: number): Observable<number> => {
      const fails = () => event === 1 && failures++ === 0;
      return defer(() => (fails() ? throwError(() => new Error('no')) : of(event)));
    });
    of(1, 2)
      .pipe(mergeMap((event) => flaky(event).pipe(retry(1))))
      .subscribe();
    flaky(3);
    const step = started.flow.step('throws', (event: number) => {
      if (event === 2) throw new Error('no');
      return event;
    });
    numbers.pipe(map((it) => step(it))).subscribe(ignored);
    read = await started.scrape();
    expect(countsOf('observable')).toEqual({ in: 3, out: 2, failed: 1 });
    expect(countsOf('throws')).toEqual({ in: 2, out: 1, failed: 1 });
  });

  it('Balance for windows that overlap, and for an operator that drops late events: no window holds them', async () => {
    const { flow, scrape } = started;
    const source = new Subject<number>();
    const isInTime = (it: number) => {
      if (it < 0) flow.drop('pairs', 'late');
      return it >= 0;
    };
    const pairs = pipe(filter(isInTime), bufferCount<number>(2));
    const runs = [
      source.pipe(flow.stage('sliding', bufferCount<number>(3, 1), { window: 'sliding' })),
      source.pipe(flow.stage('pairs', pairs, { window: 'tumbling' })),
    ].map((it) => it.subscribe());
    for (const it of [1, -1, 2, 3, -1]) source.next(it);
    const window = { pipeline: 'p', stage: 'pairs', window_type: 'tumbling' };
    expect((await scrape())('pipeline_window_events', window)).toBe(1);
    for (const it of runs) it.unsubscribe();
    read = await scrape();
    expect(countsOf('sliding')).toEqual({ in: 5, out: 3 });
    // One window of two events, two late ones, and one that no window will have.
    expect(countsOf('pairs')).toEqual({ in: 5, out: 1, late: 2, cancelled: 1 });
  });
});
