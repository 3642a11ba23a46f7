import { hrtime } from 'node:process';

/**
 * Clocks of the library. Durations come from {@link Clock.monotonicMs}, timestamps from {@link Clock.wallMs}. The two
 * never mix, because the wall clock may be set back while a handler runs.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never decreases. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
}

/** System clock. */
export const systemClock: Clock = {
  // `performance.now()` is slower: it checks its receiver on every call.
  monotonicMs: () => {
    const time = hrtime();
    return time[0] * 1_000 + time[1] / 1_000_000;
  },
  wallMs: () => Date.now(),
};
