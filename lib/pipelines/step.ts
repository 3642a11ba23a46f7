import { kindOf } from '../instrumentation/results/result-kind.js';
import { observeResult } from '../instrumentation/results/result-observer.js';
import type { Stage } from './stage.js';
import type { StageCall } from './stage-call.js';

/** Kind of a step: a filter counts as out what it lets pass. */
export type StepType = 'map' | 'filter' | 'sink';

/** Kinds of steps. */
export const STEP_TYPES: readonly StepType[] = ['map', 'filter', 'sink'];

type Work = (...args: never[]) => unknown;

/** Returns a function that does the same work and is counted as a stage. */
export function observedStep<F extends Work>(work: F, stage: Stage, type: StepType): F {
  const counted = type === 'filter' ? 'true' : 'any';
  const observed = function (this: unknown, ...args: never[]): unknown {
    stage.in++;
    const { binding } = stage;
    if (binding === undefined) return Reflect.apply(work, this, args);
    if (binding.isFollowed())
      return runIn(stage.call(binding, args[0], counted), work, [this, args]);
    const startedMs = stage.start(binding);
    let result: unknown;
    try {
      result = Reflect.apply(work, this, args);
    } catch (error) {
      stage.failed++;
      stage.end();
      binding.fail(startedMs, error);
      throw error;
    }
    // Most results are there at once, and need no object that waits for their end.
    if (!isValue(result)) return endWith(result, stage.call(binding, args[0], counted), startedMs);
    stage.end();
    if (counted === 'any' || result === true) stage.emit(args[0], result);
    binding.succeed(startedMs, result);
    return result;
  };
  return Object.defineProperties(observed, {
    name: { value: work.name, configurable: true },
    length: { value: work.length, configurable: true },
  }) as unknown as F;
}

/** Applies a function in the span of a call. */
function runIn(call: StageCall, work: Work, [self, args]: readonly [unknown, never[]]): unknown {
  const startedMs = call.start();
  let result: unknown;
  try {
    result = call.run(() => Reflect.apply(work, self, args) as unknown);
  } catch (error) {
    call.fail(startedMs, error);
    throw error;
  }
  return endWith(result, call, startedMs);
}

function endWith(result: unknown, call: StageCall, startedMs: number): unknown {
  call.holdFor(result);
  return observeResult(result, call, startedMs);
}

function isValue(result: unknown): boolean {
  return typeof result !== 'object' || result === null || kindOf(result) === 'value';
}
