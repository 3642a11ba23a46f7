/** Receives the start and the end of calls; a start is given back at the end, so that calls may overlap. */
export interface CallRecorder {
  /** Begins an observation and returns its start. */
  start(): number;
  /** Ends an observation with the handler's result. */
  succeed(startedMs: number, result: unknown): void;
  /** Ends an observation with what the handler threw. */
  fail(startedMs: number, error: unknown): void;
  /** Takes a start back. */
  abandon(): void;
  /** Runs work of the handler as part of the call. */
  run<T>(work: () => T): T;
  /** A recorder for one more observation of the same handler. */
  again(): CallRecorder;
  /** The result is a stream. Present where streams of every kind are followed item by item. */
  streaming?(): void;
  /** The consumer of a stream has got an item. */
  seen?(item: unknown): void;
  /** A stream failed after its observation had ended. */
  broken?(error: unknown): void;
  /** Whether a stream goes on for ever: its observation ends when it has begun. */
  readonly isLive?: boolean;
}

/** One observation that ends once, whatever comes later: a stream may complete and then be unsubscribed. */
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

  /** Tells of an item that the consumer has got. */
  seen(item: unknown): void {
    const recorder = this.#recorder;
    if (recorder.seen === undefined) return;
    recorder.seen(item);
    if (recorder.isLive === true) this.succeed(undefined);
  }

  /** A stream that goes on for ever has begun. */
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

// What its consumer dropped half-way ends when it is collected, or `concurrent` would count it for ever.
const dropped = new FinalizationRegistry<OpenCall>((call) => call.succeed(undefined));

/** Ends a call when the object is collected; the call must not hold on to the object. */
export function endWhenDropped(object: object, call: OpenCall): void {
  dropped.register(object, call);
}
