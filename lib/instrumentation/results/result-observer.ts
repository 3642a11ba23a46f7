import { types } from 'node:util';
import type { CallRecorder } from '../calls/call-recorder.js';
import { observeAsyncIterator } from './observed-async-iterator.js';
import { observeStream } from './observed-stream.js';
import { observePromise, observePromiseOf, observeDecoratedPromise } from './observed-promise.js';
import { findFunction, kindOf } from './result-kind.js';

/** Ends the observation now or at the end of the result, and returns the result for the caller. */
export function observeResult(result: unknown, recorder: CallRecorder, startedMs: number): unknown {
  if (typeof result !== 'object' || result === null) {
    recorder.succeed(startedMs, result);
    return result;
  }
  switch (kindOf(result)) {
    case 'promise':
      return observeStreamPromise(result as Promise<unknown>, recorder, startedMs);
    case 'decoratedPromise':
      observeDecoratedPromise(result as Promise<unknown>, recorder, startedMs);
      return result;
    case 'value':
      return observeValue(result, recorder, startedMs);
    default:
      return observeStream(result, recorder, startedMs);
  }
}

function observeStreamPromise(
  promise: Promise<unknown>,
  recorder: CallRecorder,
  startedMs: number,
): Promise<unknown> {
  if (recorder.streaming === undefined) return observePromise(promise, recorder, startedMs);
  return observePromiseOf(promise, {
    succeeded: (result) => observeResult(result, recorder, startedMs),
    failed: (error) => recorder.fail(startedMs, error),
  });
}

/** Observes an async iterable, a plain value of a handler, for recorders that follow it item by item. */
function observeValue(result: object, recorder: CallRecorder, startedMs: number): unknown {
  if (recorder.streaming === undefined || !isAsyncIterable(result)) {
    recorder.succeed(startedMs, result);
    return result;
  }
  recorder.streaming();
  return observeAsyncIterator(result as AsyncIterator<unknown>, recorder, startedMs);
}

/** A query builder that is also iterable is started by its caller. */
function isAsyncIterable(result: object): boolean {
  try {
    return (
      !types.isProxy(result) &&
      findFunction(result, Symbol.asyncIterator) &&
      !findFunction(result, 'then')
    );
  } catch {
    return false;
  }
}
