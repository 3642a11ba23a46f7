import fc from 'fast-check';
import { type Observable, of, Subject } from 'rxjs';
import { afterEach, expect, it } from 'vitest';
import type { EventPipeline, Flattening } from '../../../lib/pipelines/index.js';
import { parseTextFormat } from '../../contract/text-format.js';
import type { RunningApplication } from '../module/running-application.js';
import { type Action, FlatteningModel } from './flattening-model.js';
import { startPipeline } from './observed-pipeline.js';

const running: RunningApplication[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constant('push' as const), fc.constantFrom('now' as const, 'later')),
  },
  { weight: 4, arbitrary: fc.tuple(fc.constant('end' as const), fc.nat(20)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('fail' as const), fc.nat(20)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('leave' as const)) },
);

/** A stage of that kind, and what lets things happen to it. */
function stageOf(flow: EventPipeline, kind: Flattening, stage: string) {
  const source = new Subject<'now' | 'later'>();
  const open: Subject<number>[] = [];
  const project = (work: 'now' | 'later'): Observable<number> => {
    if (kind === 'switchMap') open.length = 0;
    if (work === 'now') return of(1);
    const result = new Subject<number>();
    open.push(result);
    return result;
  };
  const operator =
    kind === 'mergeMap' ? flow.mergeMap(stage, project, 2) : flow[kind](stage, project);
  const subscription = source.pipe(operator).subscribe({ error: () => undefined });
  return ([what, which]: Action) => {
    if (what === 'push') return source.next(which);
    if (what === 'leave') return subscription.unsubscribe();
    const [result] = open.splice(which % Math.max(1, open.length), 1);
    if (what === 'fail') return result?.error(new Error('no'));
    result?.next(1);
    result?.complete();
  };
}

/** Samples of stages by name, stage and detail. */
function samplesOf(text: string): ReadonlyMap<string, number> {
  const samples = [...parseTextFormat(text).values()].flatMap((it) => it.samples);
  return new Map(
    samples.map(({ name, labels, value }) => {
      const { stage, reason, outcome } = labels;
      const short = name.replace('eventcore_pipeline_stage_', '');
      return [`${short} ${stage} ${reason ?? outcome ?? ''}`, value];
    }),
  );
}

it('A stage has at every step the counts that the rules of rxjs give it, in any order of events', async () => {
  const { application, flow } = await startPipeline();
  running.push(application);
  const kinds = fc.constantFrom('mergeMap', 'concatMap', 'switchMap', 'exhaustMap' as const);
  const cases = fc.sample(fc.tuple(kinds, fc.array(action, { minLength: 4, maxLength: 30 })), 40);
  const models = cases.map(([kind]) => new FlatteningModel(kind, kind === 'mergeMap' ? 2 : 1));
  const stages = cases.map(([kind], i) => stageOf(flow, kind, `s${i}`));
  for (let step = 0; step < 30; step++) {
    for (const [i, [, actions]] of cases.entries()) {
      const next = actions[step];
      if (next === undefined) continue;
      models[i]?.act(next);
      stages[i]?.(next);
    }
    const samples = samplesOf((await application.get('/metrics')).text);
    const seen = cases.map((_, i) => {
      const of1 = (name: string, detail = '') => samples.get(`${name} s${i} ${detail}`) ?? 0;
      return {
        in: of1('events_in_total'),
        out: of1('events_out_total'),
        waiting: of1('waiting'),
        working: of1('concurrent'),
        overflow: of1('dropped_total', 'overflow'),
        cancelled: of1('dropped_total', 'cancelled'),
        failed: of1('duration_seconds_count', 'failure'),
      };
    });
    const told = cases.map(([kind, actions]) => `${kind} ${actions.slice(0, step + 1).join(' ')}`);
    const withCase = (counts: readonly object[]) =>
      counts.map((it, i) => ({ ...it, case: told[i] }));
    expect(withCase(seen)).toEqual(withCase(models.map(({ counts }) => counts)));
  }
});
