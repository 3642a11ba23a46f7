import { performance } from 'node:perf_hooks';

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
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
