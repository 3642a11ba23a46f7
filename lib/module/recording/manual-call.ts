import type { HandlerBinding } from '../../instrumentation/binding/handler-binding.js';

/** A command or query that the application records by hand. Ends once: what comes after the first end is ignored. */
export class ManualCall {
  readonly #binding: HandlerBinding;
  readonly #startedMs: number;
  #attempts = 1;
  #open = true;

  /** @internal */
  constructor(binding: HandlerBinding) {
    this.#binding = binding;
    this.#startedMs = binding.start();
  }

  /** An attempt failed and another one follows. */
  retry(error: unknown): void {
    if (!this.#open) return;
    this.#attempts++;
    this.#binding.retry(error);
  }

  /**
   * It succeeded.
   *
   * @param events - Number of events produced, 0 or more, if known.
   */
  succeed(events?: number): void {
    if (this.#close()) this.#binding.succeed(this.#startedMs, events, { attempts: this.#attempts });
  }

  /** It ended with an error: a rejection or a failure, by the rules for decorated handlers. */
  fail(error: unknown): void {
    if (this.#close()) this.#binding.fail(this.#startedMs, error, { attempts: this.#attempts });
  }

  #close(): boolean {
    const wasOpen = this.#open;
    this.#open = false;
    return wasOpen;
  }
}
