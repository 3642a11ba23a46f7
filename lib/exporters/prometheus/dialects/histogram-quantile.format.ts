/** A histogram: one count per bound and one for what is above all of them, none of them cumulative. */
export interface CountedBuckets {
  readonly bounds: readonly number[];
  readonly counts: Readonly<Float64Array>;
}

/**
 * The value below which a share of the observations is, taken as evenly spread within its bucket: as PromQL's
 * `histogram_quantile`, the lowest bucket begins at 0, and of what is above all bounds the highest one is known.
 *
 * @param share - From 0 to 1.
 * @returns NaN without observations.
 */
export function histogramQuantile({ bounds, counts }: CountedBuckets, share: number): number {
  const total = counts.reduce((sum, it) => sum + it, 0);
  if (total === 0) return Number.NaN;
  const rank = share * total;
  let below = 0;
  for (const [i, bound] of bounds.entries()) {
    const count = counts[i] as number;
    if (count > 0 && below + count >= rank) {
      const from = i === 0 ? Math.min(0, bound) : (bounds[i - 1] as number);
      return from + (bound - from) * ((rank - below) / count);
    }
    below += count;
  }
  return bounds.at(-1) ?? Number.NaN;
}
