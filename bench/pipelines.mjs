// Events through rxjs, with and without a pipeline around them.
import { Pipelines, pipelines } from '@eventcore/nestjs-observability/pipelines';
import { concatMap, map, of, Subject, tap } from 'rxjs';
import { compare, runRounds, withoutRounds } from './measure.mjs';
import { observe } from './observed-application.mjs';

class Nothing {}

const increment = ({ n }) => ({ n: n + 1 });

/** Sends events through operators. */
function through(...operators) {
  const source = new Subject();
  source.pipe(...operators).subscribe(({ n }) => (globalThis.blackhole += n));
  return (events) => {
    for (let n = 0; n < events; n++) source.next({ n });
  };
}

/** Events that are counted, a step, and a flattening, beside the operators of rxjs. */
export async function runPipelines({ smoke }) {
  const { app } = await observe(Nothing, { plugins: [pipelines()] });
  const flow = app.get(Pipelines).pipeline('bench');
  const counts = { n: 0 };
  const bare = map(increment);
  const work = (event) => of(event);
  const cases = {
    'rxjs map': through(bare),
    'rxjs map, tap that counts': through(tap({ next: () => counts.n++ }), bare),
    'rxjs map, stream': through(flow.stream('in', { role: 'inner' }), bare),
    'rxjs map, input stream': through(flow.stream('input', { role: 'input' }), bare),
    'rxjs map, step': through(map(flow.step('step', increment))),
    'rxjs concatMap': through(bare, concatMap(work)),
    'rxjs concatMap, stage': through(bare, flow.concatMap('flat', work)),
  };
  const amounts = smoke
    ? { rounds: 3, warmUpRounds: 1, calls: 300 }
    : { rounds: 41, warmUpRounds: 6, calls: 50_000, seconds: 8 };
  const found = compare(await runRounds(cases, amounts), 'rxjs map');
  await app.close();
  return { cases: withoutRounds(found), ratios: {} };
}
