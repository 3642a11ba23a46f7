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

// While the clock of an application is behind its own timestamps, they advance this fast.
const CATCH_UP_RATE = 0.9;

/**
 * Returns a clock whose wall clock never goes back. After the given clock was set back, it advances at nine tenths of the
 * speed until the given clock has caught up, so that intervals neither overlap nor end when they start.
 */
export function forwardClock(clock: Clock): Clock {
  let lastWallMs = -Infinity;
  let lastMs = 0;
  return {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => {
      const nowMs = clock.monotonicMs();
      const wallMs = clock.wallMs();
      const elapsedMs = Number.isNaN(nowMs) ? 0 : nowMs - lastMs;
      const floorMs = lastWallMs + elapsedMs * CATCH_UP_RATE;
      // A clock that is out of order shows NaN.
      if (Number.isNaN(wallMs)) return floorMs === -Infinity ? Number.NaN : floorMs;
      lastWallMs = Math.max(wallMs, floorMs);
      lastMs += elapsedMs;
      return lastWallMs;
    },
  };
}

const TWENTY_YEARS_MS = 20 * 365.25 * 86_400_000;

/**
 * Returns true for a time that an event can have been recorded at. A time more than 20 years from now, in either
 * direction, is in another unit than milliseconds.
 *
 * @param timeMs - Reported time, in milliseconds since the Unix epoch.
 * @param nowMs - Current time, in milliseconds since the Unix epoch.
 */
export function isEventTime(timeMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - timeMs) <= TWENTY_YEARS_MS;
}
