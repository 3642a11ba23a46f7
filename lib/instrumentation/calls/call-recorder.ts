/** Records the start and end of calls. The end receives the start, so that calls may overlap. */
export interface CallRecorder {
  /** Starts an observation and returns its start time. */
  start(): number;
  /** Ends an observation with the handler's result. */
  succeed(startedMs: number, result: unknown): void;
  /** Ends an observation with the error of the handler. */
  fail(startedMs: number, error: unknown): void;
  /** Cancels a start. */
  abandon(): void;
  /** Runs work of the handler as part of the call. */
  run<T>(work: () => T): T;
  /** Returns a recorder for another observation of the same handler. */
  again(): CallRecorder;
  /** Signals that the result is a stream. Present on recorders that follow streams of every kind item by item. */
  streaming?(): void;
  /** Signals that the consumer of a stream has received an item. */
  seen?(item: unknown): void;
  /** Signals that a stream failed after the end of its observation. */
  broken?(error: unknown): void;
  /** True for an infinite stream, whose observation ends once it has begun. */
  readonly isLive?: boolean;
}

/** One observation that ends once, although a stream may complete and then be unsubscribed. */
export class OpenCall {
  readonly #recorder: CallRecorder;
  readonly #startedMs: number;
  #open = true;

  constructor(recorder: CallRecorder, startedMs: number) {
    this.#recorder = recorder;
    this.#startedMs = startedMs;
  }

  /** Runs work of the handler as part of the call. */
  run<T>(work: () => T): T {
    return this.#recorder.run(work);
  }

  /** Signals that the consumer has received an item. */
  seen(item: unknown): void {
    const recorder = this.#recorder;
    if (recorder.seen === undefined) return;
    recorder.seen(item);
    if (recorder.isLive === true) this.succeed(undefined);
  }

  /** Signals that an infinite stream has begun. */
  begun(): void {
    if (this.#recorder.isLive === true) this.succeed(undefined);
  }

  /** Ends the observation with success. */
  succeed(result: unknown): void {
    if (!this.#open) return;
    this.#open = false;
    this.#recorder.succeed(this.#startedMs, result);
  }

  /** Ends the observation with an error. */
  fail(error: unknown): void {
    if (!this.#open) {
      this.#recorder.broken?.(error);
      return;
    }
    this.#open = false;
    this.#recorder.fail(this.#startedMs, error);
  }
}

// An iterator that its consumer drops midway ends when collected; otherwise `concurrent` would
// count it forever.
const dropped = new FinalizationRegistry<OpenCall>((call) => call.succeed(undefined));

/** Ends a call when an object is collected. The call must not reference the object. */
export function endWhenDropped(object: object, call: OpenCall): void {
  dropped.register(object, call);
}
