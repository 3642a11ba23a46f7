import { errorKind } from './faults.js';
import { libraryName } from './library.js';

/** Options of a timer. */
interface TimerOptions {
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
