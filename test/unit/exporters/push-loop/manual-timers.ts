import type { Timers } from '../../../../lib/kernel/timers.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';

interface Waiting {
  readonly atMs: number;
  readonly run: () => void;
}

/** Timers that fire when the test lets time pass. */
export class ManualTimers implements Timers {
  readonly clock = new ManualClock();
  readonly #waiting = new Set<Waiting>();

  after(delayMs: number, run: () => void): () => void {
    const waiting = { atMs: this.clock.monotonicMs() + delayMs, run };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  get count(): number {
    return this.#waiting.size;
  }

  /** Lets time pass, from timer to timer, and what they start go on as far as it can. */
  async advance(ms: number): Promise<void> {
    const endMs = this.clock.monotonicMs() + ms;
    for (;;) {
      await settle();
      const next = [...this.#waiting].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#waiting.delete(next);
      this.clock.advance(Math.max(0, next.atMs - this.clock.monotonicMs()));
      next.run();
    }
    this.clock.advance(endMs - this.clock.monotonicMs());
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
