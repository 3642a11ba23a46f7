import { hrtime } from 'node:process';

/**
 * The two times the library reads. Durations come from {@link Clock.monotonicMs}, timestamps from {@link Clock.wallMs};
 * the two are never mixed, because the wall clock may be set back while a handler runs.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes backwards. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
}

/** The clock of this process. */
export const systemClock: Clock = {
  // Not `performance.now()`, which asks its receiver at every call whether it is one.
  monotonicMs: () => {
    const time = hrtime();
    return time[0] * 1_000 + time[1] / 1_000_000;
  },
  wallMs: () => Date.now(),
};
