import { type Clock, systemClock } from '../../kernel/clock.js';

// Each bucket is a tenth wider than the one before: a quantile is right to 10 %, from 0.1 ms to several minutes.
const SMALLEST_SECONDS = 1e-4;
const GROWTH = 1.1;
const BUCKETS = 160;

/** The delays that one reader has not read yet, in bounded memory however long it waits. */
export class DelayWindow {
  readonly #weights = new Float64Array(BUCKETS);
  #total = 0;
  #maxSeconds = 0;

  /** Adds a delay, as often as its weight says. */
  record(seconds: number, weight: number): void {
    this.#weights[bucketOf(seconds)]! += weight;
    this.#total += weight;
    if (seconds > this.#maxSeconds) this.#maxSeconds = seconds;
  }

  /**
   * The quantiles of the window that ends now, in seconds; 0 for an empty one.
   *
   * @param quantiles - From 0 to 1.
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
// The delays of one stall are recorded in so many steps at most.
const MAX_STEPS = 1_000;

/**
 * How late the event loop runs timers, measured by one that is due every 20 ms. Node's own histogram is not used: it
 * drops what lies between a reset and the next tick, so a stall that begins right after a reading would never be seen.
 */
export class EventLoopDelay {
  readonly #clock: Clock;
  readonly #windows: DelayWindow[] = [];
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;

  /** @param clock - The clock of the process: the event loop knows no other one. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** A window for one reader: it is not shortened by the readings of others. */
  openWindow(): DelayWindow {
    const window = new DelayWindow();
    this.#windows.push(window);
    return window;
  }

  /** Starts to watch; the timer does not keep the process alive. */
  start(): void {
    this.stop();
    this.#dueMs = this.#clock.monotonicMs() + PERIOD_MS;
    this.#timer = setInterval(() => this.tick(), PERIOD_MS).unref();
  }

  /** Stops to watch. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** The timer runs. */
  tick(): void {
    const nowMs = this.#clock.monotonicMs();
    const lateMs = Math.max(0, nowMs - this.#dueMs);
    this.#dueMs = nowMs + PERIOD_MS;
    // Of all timers that were due during a stall this one saw the longest delay. Those that it would have seen had it
    // been on time count as well, or a stall of seconds would be one value among hundreds.
    const stepMs = Math.max(PERIOD_MS, lateMs / MAX_STEPS);
    for (let delayMs = lateMs; delayMs >= 0; delayMs -= stepMs) this.#record(delayMs, stepMs);
  }

  #record(delayMs: number, stepMs: number): void {
    for (const window of this.#windows) window.record(delayMs / 1000, stepMs / PERIOD_MS);
  }
}

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
