/** How long a timer may keep things waiting. */
interface TimerOptions {
  /** Whether the process stays alive for it, as a shutdown in progress must. @defaultValue false */
  readonly keepsAlive?: boolean;
}

/** Starts timers. Tests have their own, which fire when the test says so. */
export interface Timers {
  /**
   * Runs something once, later.
   *
   * @param delayMs - Milliseconds, 0 or more.
   * @returns Takes it back.
   */
  after(delayMs: number, run: () => void, options?: TimerOptions): () => void;
}

/** The timers of this process. */
export const systemTimers: Timers = {
  after: (delayMs, run, { keepsAlive = false } = {}) => {
    const timer = setTimeout(run, delayMs);
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
