import type { Clock } from '../../kernel/clock.js';
import type { Timers } from '../../kernel/timers.js';

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** Time that passes as fast as the work in it: a clock, and timers that go off at their times. */
export class SimulatedTime implements Clock, Timers {
  readonly #startMs: number;
  readonly #timers = new Set<Timer>();
  #nowMs: number;

  /** @param startMs - Unix time in milliseconds. */
  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  /** {@inheritDoc Clock.monotonicMs} */
  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  /** {@inheritDoc Clock.wallMs} */
  wallMs(): number {
    return this.#nowMs;
  }

  /** {@inheritDoc Timers.after} */
  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /**
   * Lets time pass up to a Unix time in milliseconds.
   *
   * @param idle - Waits for the work that a timer began.
   */
  async passTo(endMs: number, idle: () => Promise<void>): Promise<void> {
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      await idle();
    }
    this.#nowMs = endMs;
  }

  #next(endMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const it of this.#timers)
      if (it.atMs <= endMs && it.atMs < (first?.atMs ?? Infinity)) first = it;
    return first;
  }
}
