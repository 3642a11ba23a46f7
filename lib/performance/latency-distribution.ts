/** Growth of a histogram between two times. */
export interface BucketGrowth {
  /** Upper bounds, ascending, in seconds; without `+Inf`. */
  readonly bounds: readonly number[];
  /** Observations per bucket, not cumulative; the last is that of `+Inf`. */
  readonly counts: readonly number[];
}

/** Quantile of a latency. */
export interface LatencyQuantile {
  /** Seconds, interpolated within a bucket as `histogram_quantile` does. */
  readonly seconds: number;
  /** True if the quantile lies above the last bucket bound: `seconds` is that bound, and the latency is longer. */
  readonly isAbove: boolean;
}

/**
 * Returns a quantile of the observations of several histograms. Their bounds may differ: each is interpolated for itself.
 *
 * @param quantile - Share of the observations that are not longer, between 0 and 1.
 * @returns `undefined` without observations.
 */
export function quantileOf(
  histograms: readonly BucketGrowth[],
  quantile: number,
): LatencyQuantile | undefined {
  const total = observationsOf(histograms);
  if (total === 0) return undefined;
  const rank = quantile * total;
  const bounds = [...new Set(histograms.flatMap((it) => it.bounds))].toSorted((a, b) => a - b);
  let below = { bound: 0, count: 0 };
  for (const bound of bounds) {
    const count = histograms.reduce((sum, it) => sum + countUpTo(it, bound), 0);
    if (count >= rank && count > below.count) {
      const share = (rank - below.count) / (count - below.count);
      return { seconds: below.bound + (bound - below.bound) * share, isAbove: false };
    }
    below = { bound, count };
  }
  return { seconds: below.bound, isAbove: true };
}

/** Returns the number of observations of several histograms. */
export function observationsOf(histograms: readonly BucketGrowth[]): number {
  return histograms.flatMap(({ counts }) => counts).reduce((sum, it) => sum + it, 0);
}

function countUpTo({ bounds, counts }: BucketGrowth, limit: number): number {
  let count = 0;
  let lower = 0;
  for (const [i, upper] of bounds.entries()) {
    if (upper > limit) return count + (counts[i]! * (limit - lower)) / (upper - lower);
    count += counts[i]!;
    lower = upper;
  }
  return count;
}
