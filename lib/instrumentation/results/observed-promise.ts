import type { CallRecorder } from '../calls/call-recorder.js';

const { then: plainThen } = Promise.prototype;

/**
 * A handler's promise, observed. The caller gets a promise of its own rather than the handler's with a listener on the
 * side: a rejection that nobody handles must still be reported as unhandled. `then` rather than `await`: it costs less,
 * and leaves no frame of ours in the stack of an error.
 */
export function observePromise(
  promise: Promise<unknown>,
  recorder: CallRecorder,
  startedMs: number,
): Promise<unknown> {
  const { succeeded, failed } = idle.take(recorder, startedMs);
  // The compiler knows what is called as a method of a promise, and makes it part of the caller.
  if (promise.then === plainThen) return promise.then(succeeded, failed);
  return plainThen.call(promise, succeeded, failed);
}

/**
 * Waits for the end of a call, and for that of another one afterwards: two functions and their scope would be most of what
 * a call allocates. What waits for ever is collected with its promise.
 */
class PendingCall {
  recorder: CallRecorder | undefined;
  startedMs = Number.NaN;
  next: PendingCall | undefined;

  readonly succeeded = (result: unknown): unknown => {
    const { recorder, startedMs } = this;
    idle.put(this);
    recorder?.succeed(startedMs, result);
    return result;
  };

  readonly failed = (error: unknown): never => {
    const { recorder, startedMs } = this;
    idle.put(this);
    recorder?.fail(startedMs, error);
    throw error;
  };
}

/** As many calls may be under way at once before more are made. */
const MAX_IDLE = 1024;

/** Calls that have ended. */
class IdleCalls {
  #first: PendingCall | undefined;
  #count = 0;

  take(recorder: CallRecorder, startedMs: number): PendingCall {
    const call = this.#first ?? new PendingCall();
    if (call === this.#first) {
      this.#first = call.next;
      this.#count--;
      // One that waits for ever must not keep those that come after it.
      call.next = undefined;
    }
    call.recorder = recorder;
    call.startedMs = startedMs;
    return call;
  }

  put(call: PendingCall): void {
    call.recorder = undefined;
    if (this.#count === MAX_IDLE) return;
    call.next = this.#first;
    this.#first = call;
    this.#count++;
  }
}

const idle = new IdleCalls();

/** What follows a promise, and may replace what it resolves to. */
interface Continuation {
  succeeded(result: unknown): unknown;
  failed(error: unknown): void;
}

/** Like {@link observePromise} for a promise of something that is observed in turn: a stream. */
export function observePromiseOf(
  promise: Promise<unknown>,
  { succeeded, failed }: Continuation,
): Promise<unknown> {
  return plainThen.call(promise, succeeded, (error: unknown) => {
    failed(error);
    throw error;
  });
}

/**
 * A promise that is more than a promise, of a subclass or with properties of its own (a child process, a `cancel`): the
 * caller gets that very object, and a listener on the side observes it. One that overrides `then` may do its work only
 * when asked, so it is not asked: the call counts as finished.
 */
export function observeDecoratedPromise(
  promise: Promise<unknown>,
  recorder: CallRecorder,
  startedMs: number,
): void {
  try {
    const then = nativeThenOf(promise);
    if (then === undefined) return recorder.succeed(startedMs, promise);
    void then.call(
      promise,
      (result) => recorder.succeed(startedMs, result),
      (error: unknown) => recorder.fail(startedMs, error),
    );
  } catch {
    // `then` makes a promise of the subclass, whose constructor may refuse; nothing listens then.
    recorder.succeed(startedMs, promise);
  }
}

type Then = typeof Promise.prototype.then;

/** The `then` of the language, of whichever realm; `undefined` when the promise has another one. Runs no getter. */
export function nativeThenOf(promise: object): Then | undefined {
  let current: object | null = promise;
  while (current !== null) {
    const descriptor = Object.getOwnPropertyDescriptor(current, 'then');
    if (descriptor !== undefined) {
      return isNativeThen(descriptor.value) ? descriptor.value : undefined;
    }
    current = Object.getPrototypeOf(current) as object | null;
  }
  return undefined;
}

function isNativeThen(value: unknown): value is Then {
  if (value === Promise.prototype.then) return true;
  return (
    typeof value === 'function' &&
    Function.prototype.toString.call(value) === 'function then() { [native code] }'
  );
}
