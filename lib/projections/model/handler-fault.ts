import type { Clock } from '../../kernel/clock.js';

/**
 * Time after the last failed call in which a projection without a head source is faulted, in milliseconds. Nothing tells
 * if its event is tried again, and the next event may never come.
 */
const FAULT_LIMIT_MS = 60_000;

/** Fault of a projection whose handler gave up. */
export class HandlerFault {
  readonly #clock: Clock;
  #last: { readonly monotonicMs: number; readonly wallMs: number } | undefined;
  #changedMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True from a failed call to the next successful one. */
  get isPresent(): boolean {
    return this.#last !== undefined;
  }

  /** Time at which the fault began or ended: Unix time in milliseconds; `undefined` without a fault so far. */
  get changedMs(): number | undefined {
    return this.#changedMs;
  }

  /** Records a failed call. */
  begin(): void {
    const [monotonicMs, wallMs] = [this.#clock.monotonicMs(), this.#clock.wallMs()];
    if (this.#last === undefined) this.#changedMs = wallMs;
    this.#last = { monotonicMs, wallMs };
  }

  /** Records a successful call, or that the failure was left behind. */
  end(): void {
    if (this.#last === undefined) return;
    this.#last = undefined;
    this.#changedMs = this.#clock.wallMs();
  }

  /** Ends a fault whose last failure is a minute ago. */
  expire(): void {
    const last = this.#last;
    if (last === undefined || this.#clock.monotonicMs() - last.monotonicMs < FAULT_LIMIT_MS) return;
    this.#last = undefined;
    this.#changedMs = last.wallMs + FAULT_LIMIT_MS;
  }
}
