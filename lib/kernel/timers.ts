import type { Clock } from './clock.js';
import { errorKind } from './faults.js';
import { libraryName } from './library.js';
import { sharedSymbol } from './peers/process-state.js';

/** Options of a timer. */
export interface TimerOptions {
  /** Set to true to keep the process alive, as during a shutdown. @defaultValue false */
  readonly keepsAlive?: boolean;
}

/** Starts timers. Tests use manual timers. */
export interface Timers {
  /**
   * Calls a function once after a delay.
   *
   * @param delayMs - Milliseconds, 0 or more.
   * @returns Cancels the timer.
   */
  after(delayMs: number, run: () => void, options?: TimerOptions): () => void;
}

/**
 * Calls a function again and again, the first time after one period.
 *
 * @param periodMs - Milliseconds, 1 or more.
 * @returns Ends it.
 */
export function repeat(timers: Timers, periodMs: number, run: () => void): () => void {
  let cancel = timers.after(periodMs, again);
  function again(): void {
    cancel = timers.after(periodMs, again);
    run();
  }
  return () => cancel();
}

/** System timers. */
export const systemTimers: Timers = {
  after: (delayMs, run, { keepsAlive = false } = {}) => {
    const timer = setTimeout(() => {
      // An exception of a timer would end the process.
      try {
        run();
      } catch (fault) {
        process.emitWarning(`a timer failed: ${errorKind(fault)}`, libraryName);
      }
    }, delayMs);
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Time of an application: its clock, its timers in the background, and the jitter of their periods. */
export interface ApplicationTime {
  /** @defaultValue the option `clock`, else the clock of the process */
  readonly clock?: Clock;
  readonly timers: Timers;
  /** Returns a number, 0 to below 1. */
  random(): number;
}

/** Time of an application that no test has replaced. */
export const systemTime: ApplicationTime = { timers: systemTimers, random: Math.random };

/** Token of the {@link ApplicationTime}, which a test overrides. */
export const APPLICATION_TIME = sharedSymbol('application-time');
