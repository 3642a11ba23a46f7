import type { CallRecorder } from '../calls/call-recorder.js';
import { observeStream } from './observed-stream.js';
import { kindOf, nativeThenOf } from './result-kind.js';

const { then: plainThen } = Promise.prototype;

/**
 * Observes a handler's promise. The caller receives a derived promise instead of the handler's with
 * an additional listener, because an unhandled rejection must still be reported. `then` costs less
 * than `await` and adds no frame to the stack of an error.
 */
export function observePromise(
  promise: Promise<unknown>,
  recorder: CallRecorder,
  startedMs: number,
): Promise<unknown> {
  const { succeeded, failed } = idle.take(recorder, startedMs);
  // A direct method call on a promise allows the compiler to inline it.
  if (promise.then === plainThen) return promise.then(succeeded, failed);
  return plainThen.call(promise, succeeded, failed);
}

/**
 * Reusable continuation of a call, because two closures and their scope would dominate the
 * allocations of a call. One that waits forever is collected with its promise.
 */
class PendingCall {
  recorder: CallRecorder | undefined;
  startedMs = Number.NaN;
  next: PendingCall | undefined;

  readonly succeeded = (result: unknown): unknown => {
    const { recorder, startedMs } = this;
    idle.put(this);
    if (typeof result === 'object' && result !== null && recorder !== undefined) {
      const stream = observeStream(result, recorder, startedMs);
      if (stream !== undefined) return stream;
    }
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

/** Maximum number of retained continuations. */
const MAX_IDLE = 1024;

/** Pool of continuations of ended calls. */
class IdleCalls {
  #first: PendingCall | undefined;
  #count = 0;

  take(recorder: CallRecorder, startedMs: number): PendingCall {
    const call = this.#first ?? new PendingCall();
    if (call === this.#first) {
      this.#first = call.next;
      this.#count--;
      // A continuation that waits forever must not retain its successors.
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

/** Continuation of a promise that may replace its resolved value. */
interface Continuation {
  succeeded(result: unknown): unknown;
  failed(error: unknown): void;
}

/** Observes a promise whose resolved value is observed too, such as a stream. */
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
 * Observes a promise of a subclass or with its own properties (a child process, a `cancel`). The
 * caller receives the same object, and an additional listener observes it. A promise that overrides
 * `then` may start its work lazily, so it is not observed, and the call counts as finished.
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
      (result) => endInPlace(result, recorder, startedMs),
      (error: unknown) => recorder.fail(startedMs, error),
    );
  } catch {
    // `then` creates a promise of the subclass, whose constructor may throw; then no listener
    // exists.
    recorder.succeed(startedMs, promise);
  }
}

/** Only streams that stay the same object can be observed behind the promise that the caller has. */
function endInPlace(result: unknown, recorder: CallRecorder, startedMs: number): void {
  if (typeof result === 'object' && result !== null) {
    const kind = kindOf(result);
    if (kind === 'readable' || kind === 'webStream') {
      observeStream(result, recorder, startedMs);
      return;
    }
  }
  recorder.succeed(startedMs, result);
}
