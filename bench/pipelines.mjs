// Events through rxjs, with and without a pipeline around them, each case in a process of its own.
import { Pipelines, pipelines } from '@eventcore/nestjs-observability/pipelines';
import { bufferCount, concatMap, map, Observable, of, tap } from 'rxjs';
import { runApart } from './apart.mjs';
import { addedRatio, withoutRounds } from './measure.mjs';
import { observe } from './observed-application.mjs';

class Nothing {}

const increment = ({ n }) => ({ n: n + 1 });
const work = (event) => of(event);
const counts = { n: 0 };

/** Operators of each case; the first of each group is the bare one. */
const groups = {
  map: {
    'rxjs map': () => [map(increment)],
    'rxjs map, tap that counts': () => [tap({ next: () => counts.n++ }), map(increment)],
    'rxjs map, stream': (flow) => [flow.stream('in', { role: 'inner' }), map(increment)],
    'rxjs map, input stream': (flow) => [flow.stream('input'), map(increment)],
    'rxjs map, step': (flow) => [map(flow.step('step', increment))],
  },
  concatMap: {
    'rxjs concatMap': () => [concatMap(work)],
    'rxjs concatMap, stage': (flow) => [flow.concatMap('flat', work)],
  },
  window: {
    'rxjs bufferCount': () => [bufferCount(10_000)],
    'rxjs bufferCount, window': (flow) => [
      flow.stage('window', bufferCount(10_000), { window: 'tumbling' }),
    ],
  },
};

/** Returns the work of a case: events, which exist before, through its operators. */
export async function pipelineCase(name) {
  const { app } = await observe(Nothing, { plugins: [pipelines()] });
  const flow = app.get(Pipelines).pipeline('bench');
  const operators = Object.assign({}, ...Object.values(groups))[name](flow);
  // A Subject would allocate more for an event than what is measured.
  let source;
  new Observable((subscriber) => (source = subscriber))
    .pipe(...operators)
    .subscribe((it) => (globalThis.blackhole = it));
  const events = Array.from({ length: 1_024 }, (_, n) => ({ n }));
  return (calls) => {
    for (let n = 0; n < calls; n++) source.next(events[n % 1_024]);
  };
}

export async function runPipelines({ smoke }) {
  const amounts = smoke
    ? { processes: 1, rounds: 2, warmUpRounds: 1, calls: 300 }
    : { processes: 2, rounds: 21, warmUpRounds: 6, calls: 200_000, seconds: 8 };
  const source = { file: import.meta.url, run: 'pipelineCase' };
  const found = {};
  for (const [kind, group] of Object.entries(groups)) {
    const ofMany = kind === 'window' && !smoke && { callsForBytes: 1_000_000 };
    const run = await runApart(source, Object.keys(group), { ...amounts, ...ofMany });
    Object.assign(found, run);
  }
  const tapping = found['rxjs map, tap that counts'];
  const ratios = {
    pipeline_stream_vs_tap: addedRatio(found['rxjs map, stream'], tapping),
    pipeline_input_stream_vs_tap: addedRatio(found['rxjs map, input stream'], tapping),
  };
  return { cases: withoutRounds(found), ratios };
}
