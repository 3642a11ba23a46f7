import type { CallRecorder } from './call-recorder.js';

// The intrinsic one: a subclass may run its work in `then`.
const { then } = Promise.prototype;

/**
 * A handler's promise, observed. The caller gets a promise of its own rather than the handler's with a listener on the
 * side: a rejection that nobody handles must still be reported as unhandled. `then` rather than `await`: it is cheaper,
 * and leaves no frame of ours in the stack of an error.
 */
export function observePromise(
  promise: Promise<unknown>,
  recorder: CallRecorder,
  startedMs: number,
): Promise<unknown> {
  return then.call(
    promise,
    (result) => {
      recorder.succeed(startedMs, result);
      return result;
    },
    (error: unknown) => {
      recorder.fail(startedMs, error);
      throw error;
    },
  );
}

/**
 * A promise that is more than a promise, of a subclass or with properties of its own (a child process, a `cancel`): the
 * caller gets that very object, and a listener on the side observes it. One that overrides `then` may do its work only
 * when asked, so it is not asked: the call counts as finished.
 */
export function observeRichPromise(
  promise: Promise<unknown>,
  recorder: CallRecorder,
  startedMs: number,
): void {
  if (promise.then !== then) {
    recorder.succeed(startedMs, promise);
    return;
  }
  void then.call(
    promise,
    (result) => recorder.succeed(startedMs, result),
    (error: unknown) => recorder.fail(startedMs, error),
  );
}
