import type { Clock } from '../kernel/clock.js';

/**
 * Clock that advances only under the control of the test.
 *
 * @example
 * ```ts
 * import { ManualClock } from '@eventcore/nestjs-observability/testing';
 *
 * const clock = new ManualClock();
 * clock.advance(250); // 250 ms later
 * ```
 */
export class ManualClock implements Clock {
  #monotonicMs = 0;
  #wallMs: number;

  /** @param wallMs - Initial Unix time in milliseconds. */
  constructor(wallMs = Date.UTC(2026, 0, 1)) {
    this.#wallMs = wallMs;
  }

  /** {@inheritDoc Clock.monotonicMs} */
  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** {@inheritDoc Clock.wallMs} */
  wallMs(): number {
    return this.#wallMs;
  }

  /**
   * Advances both clocks.
   *
   * @param ms - Milliseconds, 0 or more.
   * @throws RangeError for a negative or non-finite number.
   */
  advance(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) {
      throw new RangeError(`a clock must advance by 0 or more milliseconds, not by ${ms}`);
    }
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  /**
   * Sets the wall clock only, as an operator or NTP would.
   *
   * @param wallMs - Unix time in milliseconds.
   */
  setWall(wallMs: number): void {
    this.#wallMs = wallMs;
  }
}
