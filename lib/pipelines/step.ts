import { observeResult } from '../instrumentation/results/result-observer.js';
import type { Stage } from './stage.js';

/** Kind of a step: a filter counts as out what it lets pass. */
export type StepType = 'map' | 'filter' | 'sink';

type Work = (...args: never[]) => unknown;

/** Returns a function that does the same work and is counted as a stage. */
export function observedStep<F extends Work>(work: F, stage: Stage, type: StepType): F {
  const observed = function (this: unknown, ...args: never[]): unknown {
    stage.in++;
    const call = stage.begin(args[0], type === 'filter' ? 'true' : 'any');
    if (call === undefined) return Reflect.apply(work, this, args);
    const startedMs = call.start();
    let result: unknown;
    try {
      result = call.run(() => Reflect.apply(work, this, args) as unknown);
    } catch (error) {
      call.fail(startedMs, error);
      throw error;
    }
    call.holdFor(result);
    return observeResult(result, call, startedMs);
  };
  return Object.defineProperties(observed, {
    name: { value: work.name, configurable: true },
    length: { value: work.length, configurable: true },
  }) as unknown as F;
}
