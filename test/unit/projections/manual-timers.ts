import type { Timers } from '../../../lib/kernel/timers.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** Timers that go off when the clock of the test passes them. */
export class ManualTimers implements Timers {
  readonly clock = new ManualClock();
  readonly #timers = new Set<Timer>();

  /** Timers that have not gone off. */
  get pending(): number {
    return this.#timers.size;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.clock.monotonicMs() + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass, and what waits for it happen, each thing at its time. */
  async pass(ms: number): Promise<void> {
    const endMs = this.clock.monotonicMs() + ms;
    for (;;) {
      const [next] = [...this.#timers].toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > endMs) break;
      this.clock.advance(Math.max(0, next.atMs - this.clock.monotonicMs()));
      this.#timers.delete(next);
      next.run();
      await settled();
    }
    this.clock.advance(endMs - this.clock.monotonicMs());
    await settled();
  }
}

/** Everything that is only a matter of microtasks has happened. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
