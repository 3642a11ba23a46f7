/** Runs something later, without keeping the process alive for it; for tests, as soon as they say so. */
export interface Timers {
  /**
   * @param delayMs - 0 or more.
   * @returns Takes it back.
   */
  after(delayMs: number, run: () => void): () => void;
}

/** The timers of this process. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
