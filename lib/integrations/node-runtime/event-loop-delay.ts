import { type Clock, systemClock } from '../../kernel/clock.js';

/** Length of the window that process metrics cover, in milliseconds. */
export const PROCESS_WINDOW_MS = 15_000;

// Each bucket is 10 % wider than the previous one, so that quantiles are accurate to 10 %, from 0.1 ms to several
// minutes.
const SMALLEST_SECONDS = 1e-4;
const GROWTH = 1.1;
const BUCKETS = 160;
const SLOT_MS = 1_000;

/** Delays of one second of the window. */
interface Slot {
  readonly startMs: number;
  readonly weights: Float64Array;
  maxSeconds: number;
}

/** Delays of the last {@link PROCESS_WINDOW_MS}, in slots of a second. Reading them changes nothing. */
class DelayWindow {
  readonly #slots: Slot[] = [];

  /** Records a delay with a weight. */
  record(seconds: number, weight: number): void {
    const slot = this.#slots.at(-1);
    if (slot === undefined) return;
    slot.weights[bucketOf(seconds)]! += weight;
    if (seconds > slot.maxSeconds) slot.maxSeconds = seconds;
  }

  /** Opens a new slot when the current one is complete, and drops slots that are older than the window. */
  advance(nowMs: number): void {
    const slots = this.#slots;
    const newest = slots.at(-1);
    if (newest !== undefined && nowMs - newest.startMs < SLOT_MS) return;
    const startMs = nowMs;
    while (slots.length > 1 && nowMs - (slots[1] as Slot).startMs >= PROCESS_WINDOW_MS)
      slots.shift();
    slots.push({ startMs, weights: new Float64Array(BUCKETS), maxSeconds: 0 });
  }

  /** Returns the quantiles in seconds; 0 when nothing was measured. */
  quantiles(quantiles: readonly number[]): number[] {
    const weights = new Float64Array(BUCKETS);
    let total = 0;
    for (const slot of this.#slots) {
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        weights[bucket]! += slot.weights[bucket]!;
        total += slot.weights[bucket]!;
      }
    }
    const maxSeconds = Math.max(0, ...this.#slots.map((it) => it.maxSeconds));
    return quantiles.map((it) => secondsAt(it * total, weights, maxSeconds));
  }
}

function secondsAt(rank: number, weights: Float64Array, maxSeconds: number): number {
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    seen += weights[bucket]!;
    if (seen > 0 && seen >= rank) return Math.min(boundOf(bucket), maxSeconds);
  }
  return maxSeconds;
}

function bucketOf(seconds: number): number {
  if (seconds <= SMALLEST_SECONDS) return 0;
  const bucket = Math.ceil(Math.log(seconds / SMALLEST_SECONDS) / Math.log(GROWTH));
  return Math.min(bucket, BUCKETS - 1);
}

function boundOf(bucket: number): number {
  return bucket === BUCKETS - 1 ? Infinity : SMALLEST_SECONDS * GROWTH ** bucket;
}

const PERIOD_MS = 20;
// Maximum number of steps in which the delays of one stall are recorded.
const MAX_STEPS = 1_000;

/**
 * Measures the delay of timers in the event loop, with a timer every 20 ms, over a window of 15 seconds. Node's own
 * histogram is not used: it drops the time between a reset and the next tick, and a reset takes the values from other
 * readers.
 */
export class EventLoopDelay {
  readonly #clock: Clock;
  readonly #window = new DelayWindow();
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;

  /** @param clock - System clock; the event loop does not run on any other. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Starts the timer, which does not keep the process alive. */
  start(): void {
    this.stop();
    const nowMs = this.#clock.monotonicMs();
    this.#window.advance(nowMs);
    this.#dueMs = nowMs + PERIOD_MS;
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
    for (let delayMs = lateMs; delayMs >= 0; delayMs -= stepMs) {
      this.#window.record(delayMs / 1000, stepMs / PERIOD_MS);
    }
    this.#window.advance(nowMs);
  }

  /** Records a stall whose timer run is still due: another timer of the same turn may run first. */
  catchUp(): void {
    if (this.#dueMs > 0 && this.#clock.monotonicMs() - this.#dueMs >= PERIOD_MS) this.tick();
  }

  /**
   * Returns quantiles of the delay in seconds over the last 15 seconds; 0 when nothing was measured.
   *
   * @param quantiles - 0 to 1.
   */
  quantiles(quantiles: readonly number[]): number[] {
    return this.#window.quantiles(quantiles);
  }

  /** Returns the 99th percentile in seconds over the last 15 seconds; 0 when nothing was measured. */
  p99Seconds(): number {
    const [seconds = 0] = this.quantiles([0.99]);
    return seconds;
  }
}
