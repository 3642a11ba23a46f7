import { mannKendallScore, median, type Points, theilSenSlope } from './statistics.js';

/** Direction of a trend. `unknown` for too few values. */
export type TrendDirection = 'increasing' | 'decreasing' | 'stable' | 'unknown';

/** Trend of a signal within a window. */
export interface Trend {
  /** Direction within the window. */
  readonly direction: TrendDirection;
  /** Change from the start to the end of the window, in the unit of the signal; absent if unknown. */
  readonly change?: number;
  /** `change` per median of the window; absent if unknown or if the median is 0. */
  readonly changeRatio?: number;
}

// Of 8 values in a random order, fewer than one in 10,000 sequences is as monotonic as the test asks.
const MIN_POINTS = 8;
const MIN_SCORE = 3.3;
const MIN_CHANGE_RATIO = 0.1;

/**
 * Returns the trend of a signal. A change is a trend only if it is significant (Mann–Kendall score beyond 3.3), larger than a
 * tenth of the median, and larger than `floor`.
 *
 * @param floor - Change below which nobody would act, in the unit of the signal.
 */
export function trendOf(points: Points, floor: number): Trend {
  const { timesMs, values } = points;
  if (values.length < MIN_POINTS) return { direction: 'unknown' };
  const slope = theilSenSlope(points);
  const change = (slope * (timesMs.at(-1)! - timesMs[0]!)) / 1_000;
  const level = Math.abs(median(values));
  const size = { change, ...(level > 0 && { changeRatio: change / level }) };
  const isLarge = Math.abs(change) > Math.max(floor, MIN_CHANGE_RATIO * level);
  if (!isLarge) return { direction: 'stable', ...size };
  const score = mannKendallScore(points, slope);
  if (Math.abs(score) <= MIN_SCORE) return { direction: 'stable', ...size };
  return { direction: score > 0 ? 'increasing' : 'decreasing', ...size };
}
