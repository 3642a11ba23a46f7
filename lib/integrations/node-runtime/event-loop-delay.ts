import { type Clock, systemClock } from '../../kernel/clock.js';
import { DelayWindow } from './delay-window.js';

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
