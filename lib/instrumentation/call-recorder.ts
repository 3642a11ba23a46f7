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

  /** Ends the observation with success. */
  succeed(result: unknown): void {
    if (!this.#open) return;
    this.#open = false;
    this.#recorder.succeed(this.#startedMs, result);
  }

  /** Ends the observation with an error. */
  fail(error: unknown): void {
    if (!this.#open) return;
    this.#open = false;
    this.#recorder.fail(this.#startedMs, error);
  }
}
