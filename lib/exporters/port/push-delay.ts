const JITTER = 0.1;
const MAX_BACK_OFF_MS = 120_000;
// A timer with a longer delay than this fires at once.
const MAX_DELAY_MS = 2_147_483_647;

/**
 * When the first export is due, somewhere within the interval: processes that start together do not export together.
 *
 * @param random - From 0 to below 1.
 */
export function firstDelayMs(intervalMs: number, random: number): number {
  return intervalMs * (1 - random);
}

/**
 * When the next export is due: after the interval, a tenth more or less; after failures in a row twice as late for each,
 * up to two minutes or the interval.
 *
 * @param random - From 0 to below 1.
 */
export function nextDelayMs(intervalMs: number, failures: number, random: number): number {
  const slowed = Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, MAX_BACK_OFF_MS));
  return Math.min(slowed * (1 + JITTER * (2 * random - 1)), MAX_DELAY_MS);
}
