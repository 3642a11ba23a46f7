import type { Window } from './window.js';

/** Options of {@link extrapolatedChange}. */
interface ChangeKind {
  /** The samples are those of a counter, which can restart at 0. */
  readonly isCounter: boolean;
  /** The result is per second. */
  readonly isRate: boolean;
}

// Samples this much closer to an end of the range than their average distance continue up to that end.
const EXTRAPOLATION_FACTOR = 1.1;

/**
 * Returns the change of a series over a range. Samples seldom lie on the ends of the range: the change between the first
 * and the last sample is extrapolated to the ends where they are near, else by half of the distance of two samples.
 */
export function extrapolatedChange(
  { values, timesMs, from, to, startMs, endMs, rangeMs }: Window,
  { isCounter, isRate }: ChangeKind,
): number | undefined {
  if (to - from < 2) return undefined;
  const first = values[from]!;
  let change = values[to - 1]! - first;
  if (isCounter) {
    for (let i = from + 1; i < to; i++) if (values[i]! < values[i - 1]!) change += values[i - 1]!;
  }
  const sampled = (timesMs[to - 1]! - timesMs[from]!) / 1_000;
  const average = sampled / (to - from - 1);
  const threshold = average * EXTRAPOLATION_FACTOR;
  let toStart = (timesMs[from]! - startMs) / 1_000;
  if (toStart >= threshold) toStart = average / 2;
  // A counter is never negative: it began at the latest where the line meets 0.
  if (isCounter && change > 0 && first >= 0) {
    toStart = Math.min(toStart, sampled * (first / change));
  }
  let toEnd = (endMs - timesMs[to - 1]!) / 1_000;
  if (toEnd >= threshold) toEnd = average / 2;
  const factor = (sampled + toStart + toEnd) / sampled;
  return change * (isRate ? factor / (rangeMs / 1_000) : factor);
}

/** Returns the change between the last two samples, per second for a counter. */
export function lastChange(
  { values, timesMs, from, to }: Window,
  isCounter: boolean,
): number | undefined {
  if (to - from < 2) return undefined;
  const last = values[to - 1]!;
  const before = values[to - 2]!;
  if (!isCounter) return last - before;
  const seconds = (timesMs[to - 1]! - timesMs[to - 2]!) / 1_000;
  return (last < before ? last : last - before) / seconds;
}
