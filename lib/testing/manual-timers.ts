import { setImmediate as turn } from 'node:timers/promises';
import type { Timers } from '../kernel/timers.js';
import { ManualClock } from './manual-clock.js';

interface Waiting {
  readonly atMs: number;
  readonly run: () => void;
}

// Turns of the event loop after each timer, for the promises that it settles.
const TURNS = 5;

/**
 * Timers that go off when the test lets time pass, each at its own time.
 *
 * @example
 * ```ts
 * import { ManualTimers } from '@eventcore/nestjs-observability/testing';
 *
 * const timers = new ManualTimers();
 * timers.after(1_000, () => console.log(timers.clock.monotonicMs())); // 1000
 * await timers.advance(5_000);
 * ```
 */
export class ManualTimers implements Timers {
  /** Clock of the timers. */
  readonly clock: ManualClock;
  readonly #waiting = new Set<Waiting>();

  /** @param clock - Clock that the timers advance. @defaultValue a new one */
  constructor(clock = new ManualClock()) {
    this.clock = clock;
  }

  /** Number of timers that have not gone off. */
  get pending(): number {
    return this.#waiting.size;
  }

  /**
   * Calls a function once, when the test has let the delay pass.
   *
   * @param delayMs - Milliseconds, 0 or more.
   * @returns Cancels the timer.
   */
  after(delayMs: number, run: () => void): () => void {
    const waiting = { atMs: this.clock.monotonicMs() + delayMs, run };
    this.#waiting.add(waiting);
    return () => void this.#waiting.delete(waiting);
  }

  /**
   * Advances the clock from timer to timer, and lets what each of them starts settle.
   *
   * @param ms - Milliseconds, 0 or more.
   * @throws RangeError for a negative or non-finite number.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.clock.monotonicMs() + ms;
    await settled();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#waiting.delete(next);
      this.clock.advance(Math.max(0, next.atMs - this.clock.monotonicMs()));
      next.run();
      await settled();
    }
    this.clock.advance(endMs - this.clock.monotonicMs());
    await settled();
  }

  #next(endMs: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (const it of this.#waiting) if (first === undefined || it.atMs < first.atMs) first = it;
    return first !== undefined && first.atMs <= endMs ? first : undefined;
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await turn();
}
