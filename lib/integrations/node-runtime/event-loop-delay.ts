import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

/** How late the event loop runs timers. Each reader has its own, as reading begins a new window. */
export class EventLoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  /** Starts to watch; the timer behind it does not keep the process alive. */
  start(): void {
    this.#histogram.enable();
  }

  /** Stops to watch. */
  stop(): void {
    this.#histogram.disable();
  }

  /**
   * The delays of the window that ends now, in seconds.
   *
   * @param quantiles - From 0 to 1.
   */
  take(quantiles: readonly number[]): number[] {
    const seconds = quantiles.map((it) => this.#seconds(it));
    this.#histogram.reset();
    return seconds;
  }

  #seconds(quantile: number): number {
    // The histogram holds the time between two timers that are RESOLUTION_MS apart.
    const elapsed = this.#histogram.percentile(quantile * 100) / NANOSECONDS;
    return Math.max(0, elapsed - RESOLUTION_MS / 1000);
  }
}
