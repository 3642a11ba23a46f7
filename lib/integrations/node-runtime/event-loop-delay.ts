import { type Clock, systemClock } from '../../kernel/clock.js';

// Each bucket is 10 % wider than the previous one, so that quantiles are accurate to 10 %, from 0.1 ms to several
// minutes.
const SMALLEST_SECONDS = 1e-4;
const GROWTH = 1.1;
const BUCKETS = 160;

/** Delays since the last reading of one reader, in bounded memory. */
export class DelayWindow {
  readonly #weights = new Float64Array(BUCKETS);
  #total = 0;
  #maxSeconds = 0;

  /** Records a delay with a weight. */
  record(seconds: number, weight: number): void {
    this.#weights[bucketOf(seconds)]! += weight;
    this.#total += weight;
    if (seconds > this.#maxSeconds) this.#maxSeconds = seconds;
  }

  /**
   * Returns the quantiles of the current window in seconds, and starts a new window; 0 for an empty window.
   *
   * @param quantiles - 0 to 1.
   */
  take(quantiles: readonly number[]): number[] {
    const seconds = quantiles.map((it) => this.#secondsAt(it * this.#total));
    this.#weights.fill(0);
    this.#total = 0;
    this.#maxSeconds = 0;
    return seconds;
  }

  #secondsAt(rank: number): number {
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#weights[bucket]!;
      if (seen > 0 && seen >= rank) return Math.min(boundOf(bucket), this.#maxSeconds);
    }
    return this.#maxSeconds;
  }
}

function bucketOf(seconds: number): number {
  if (seconds <= SMALLEST_SECONDS) return 0;
  const bucket = Math.ceil(Math.log(seconds / SMALLEST_SECONDS) / Math.log(GROWTH));
  return Math.min(bucket, BUCKETS - 1);
}

function boundOf(bucket: number): number {
  return SMALLEST_SECONDS * GROWTH ** bucket;
}

const PERIOD_MS = 20;
// Maximum number of steps in which the delays of one stall are recorded.
const MAX_STEPS = 1_000;

/**
 * Measures the delay of timers in the event loop, with a timer every 20 ms. Node's own histogram is not used: it drops
 * the time between a reset and the next tick, so a stall that starts right after a reading would be missed.
 */
export class EventLoopDelay {
  readonly #clock: Clock;
  readonly #windows: DelayWindow[] = [];
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;

  /** @param clock - System clock; the event loop does not run on any other. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Opens a window for one reader. Readings of other windows do not shorten it. */
  openWindow(): DelayWindow {
    const window = new DelayWindow();
    this.#windows.push(window);
    return window;
  }

  /** Starts the timer, which does not keep the process alive. */
  start(): void {
    this.stop();
    this.#dueMs = this.#clock.monotonicMs() + PERIOD_MS;
    this.#timer = setInterval(() => this.tick(), PERIOD_MS).unref();
  }

  /** Stops the timer. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Records the delay of one timer run. */
  tick(): void {
    const nowMs = this.#clock.monotonicMs();
    const lateMs = Math.max(0, nowMs - this.#dueMs);
    this.#dueMs = nowMs + PERIOD_MS;
    // During a stall this timer ran once and saw the longest delay. The runs that it missed count as well; otherwise a
    // stall of seconds would be one value among hundreds.
    const stepMs = Math.max(PERIOD_MS, lateMs / MAX_STEPS);
    for (let delayMs = lateMs; delayMs >= 0; delayMs -= stepMs) this.#record(delayMs, stepMs);
  }

  #record(delayMs: number, stepMs: number): void {
    for (const window of this.#windows) window.record(delayMs / 1000, stepMs / PERIOD_MS);
  }
}

const MIN_WINDOW_MS = 1_000;

/** Recent event loop delay for health checks, independent of scrapes. */
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

  /**
   * Returns the 99th percentile in seconds since the previous reading, or of the previous window if that reading was
   * less than a second ago.
   */
  p99Seconds(): number {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= MIN_WINDOW_MS) {
      this.#windowStartMs = nowMs;
      [this.#p99Seconds = 0] = this.#window.take([0.99]);
    }
    return this.#p99Seconds;
  }
}
