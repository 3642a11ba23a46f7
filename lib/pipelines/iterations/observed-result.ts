import { types } from 'node:util';
import { Stream } from 'node:stream';
import { isObservable } from 'rxjs';
import { onEmit } from '../node-streams/node-stream.js';
import { observedRun, type Runs } from '../runs.js';
import { observedIterable } from './observed-iteration.js';

/** Calls a method and counts its runs; an error that it throws is a run that failed. */
export function observedCall(method: () => unknown, runs: Runs): unknown {
  let result: unknown;
  try {
    result = method();
  } catch (error) {
    runs.begin().end('failed');
    throw error;
  }
  return observedRunOf(result, runs);
}

/**
 * Returns the result of a method with its runs counted: subscriptions of an Observable, iterations of an async iterable, the
 * life of a stream of Node.js, the time until a promise settles.
 */
function observedRunOf(result: unknown, runs: Runs): unknown {
  if (isObservable(result)) return observedRun(result, runs);
  if (result instanceof Stream) return observedStream(result, runs);
  if (isAsyncIterable(result)) return observedIterable(result, { runs, stream: undefined });
  if (types.isPromise(result)) return observedPromise(result, runs);
  runs.begin().end('completed');
  return result;
}

function observedStream(stream: Stream, runs: Runs): Stream {
  const run = runs.begin();
  onEmit(stream, (event) => {
    if (event === 'error') run.end('failed');
    else if (event === 'end' || event === 'finish') run.end('completed');
    else if (event === 'close') run.end('cancelled');
  });
  runs.follow(run, stream);
  return stream;
}

/** A promise of a stream has the runs of that stream. */
async function observedPromise(promise: Promise<unknown>, runs: Runs): Promise<unknown> {
  const run = runs.begin();
  try {
    const value = await promise;
    if (!isObservable(value) && !(value instanceof Stream) && !isAsyncIterable(value)) {
      run.end('completed');
      return value;
    }
    run.end();
    return observedRunOf(value, runs);
  } catch (error) {
    run.end('failed');
    throw error;
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
