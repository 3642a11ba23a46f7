import type { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { Observable } from 'rxjs';
import type { CallRecorder } from '../calls/call-recorder.js';
import { observeAsyncIterator } from './observed-async-iterator.js';
import { observeObservable } from './observed-observable.js';
import { observeWebStream } from './observed-web-stream.js';
import { observeReadable } from './observed-readable.js';
import { kindOf } from './result-kind.js';

/**
 * Observes a result that is a stream until it is exhausted, fails or is given up.
 *
 * @returns The stream for the caller; `undefined` for any other result.
 */
export function observeStream(
  result: object,
  recorder: CallRecorder,
  startedMs: number,
): object | undefined {
  switch (kindOf(result)) {
    case 'observable':
      recorder.abandon();
      return observeObservable(result as Observable<unknown>, recorder) as object;
    case 'asyncIterator':
      recorder.streaming?.();
      return observeAsyncIterator(result as AsyncIterator<unknown>, recorder, startedMs) as object;
    case 'readable':
      recorder.streaming?.();
      return observeReadable(result as Readable, recorder, startedMs);
    case 'webStream':
      recorder.streaming?.();
      return observeWebStream(result as ReadableStream, recorder, startedMs);
    default:
      return undefined;
  }
}
