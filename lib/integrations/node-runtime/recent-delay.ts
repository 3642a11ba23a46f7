import type { Clock } from '../../kernel/clock.js';
import type { DelayWindow } from './delay-window.js';

const MIN_WINDOW_MS = 1_000;

/** How late the event loop ran timers lately, for health checks: scrapes do not shorten what they see. */
export class RecentDelay {
  readonly #clock: Clock;
  readonly #window: DelayWindow;
  #windowStartMs: number;
  #p99Seconds = 0;

  constructor(clock: Clock, window: DelayWindow) {
    this.#clock = clock;
    this.#window = window;
    this.#windowStartMs = clock.monotonicMs();
  }

  /** 99th percentile in seconds since the previous reading, or in the window before when that was less than a second ago. */
  p99Seconds(): number {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= MIN_WINDOW_MS) {
      this.#windowStartMs = nowMs;
      [this.#p99Seconds = 0] = this.#window.take([0.99]);
    }
    return this.#p99Seconds;
  }
}
