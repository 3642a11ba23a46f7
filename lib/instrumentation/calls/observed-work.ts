import type { HandlerBinding } from '../binding/handler-binding.js';
import { observeResult } from '../results/result-observer.js';
import type { CallRecorder } from './call-recorder.js';
import { AmbientCall } from './current-observation.js';

/** Runs work as one call of a binding. The caller receives its result or error unchanged. */
export function runObserved<T>(
  binding: HandlerBinding,
  work: () => T,
  args: readonly unknown[] = [],
): T {
  return runRecorded(new AmbientCall(binding, args, binding.follow(args)), work);
}

/** Runs work as one call. The caller receives its result or error unchanged. */
export function runRecorded<T>(call: CallRecorder, work: () => T): T {
  const startedMs = call.start();
  let result: T;
  try {
    result = call.run(work);
  } catch (error) {
    call.fail(startedMs, error);
    throw error;
  }
  return observeResult(result, call, startedMs) as T;
}
