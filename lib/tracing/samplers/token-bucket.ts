import type { Clock } from '../../kernel/clock.js';

const MS_PER_SECOND = 1000;

/**
 * A limit on a rate that lets a burst of one second's worth through. In any period of t seconds it gives at most
 * `capacity + rate * t` tokens.
 */
export class TokenBucket {
  readonly #ratePerSecond: number;
  readonly #capacity: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAtMs: number;

  /** @param ratePerSecond - Tokens per second, above 0. */
  constructor(ratePerSecond: number, clock: Clock) {
    this.#ratePerSecond = ratePerSecond;
    // A bucket that cannot hold one token would never give any.
    this.#capacity = Math.max(1, ratePerSecond);
    this.#clock = clock;
    this.#tokens = this.#capacity;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Takes one token, if there is one. */
  take(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs();
    const earned = ((nowMs - this.#filledAtMs) * this.#ratePerSecond) / MS_PER_SECOND;
    this.#tokens = Math.min(this.#capacity, this.#tokens + earned);
    this.#filledAtMs = nowMs;
  }
}
