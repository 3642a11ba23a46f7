import { Readable } from 'node:stream';
import { types } from 'node:util';
import type { CallRecorder } from '../calls/call-recorder.js';
import { observeAsyncIterator } from './observed-async-iterator.js';
import { observeStream } from './observed-stream.js';
import { observePromise, observePromiseOf, observeDecoratedPromise } from './observed-promise.js';
import { observeReadable } from './observed-readable.js';
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

/** Observes a stream that handlers treat as a plain value, for recorders that follow it item by item. */
function observeValue(result: object, recorder: CallRecorder, startedMs: number): unknown {
  const kind = recorder.streaming === undefined ? undefined : streamKindOf(result);
  if (kind === undefined) {
    recorder.succeed(startedMs, result);
    return result;
  }
  recorder.streaming?.();
  if (kind === 'readable') return observeReadable(result as Readable, recorder, startedMs);
  return observeAsyncIterator(result as AsyncIterator<unknown>, recorder, startedMs);
}

function streamKindOf(result: object): 'readable' | 'iterator' | undefined {
  try {
    // A query builder that is also iterable is started by its caller.
    if (types.isProxy(result) || findFunction(result, 'then')) return undefined;
    if (isReadable(result)) return 'readable';
    return types.isGeneratorObject(result) || isAsyncIterable(result) ? 'iterator' : undefined;
  } catch {
    return undefined;
  }
}

/** Returns true for a stream of Node or of the package `readable-stream`. */
function isReadable(result: object): boolean {
  if (result instanceof Readable) return true;
  const { _readableState, emit, read } = result as Record<string, unknown>;
  return (
    typeof _readableState === 'object' && typeof emit === 'function' && typeof read === 'function'
  );
}

/** Returns true for an async iterable, except a web stream, whose internal slots a proxy would hide. */
function isAsyncIterable(result: object): boolean {
  if (typeof ReadableStream === 'function' && result instanceof ReadableStream) return false;
  return typeof (result as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';
}
