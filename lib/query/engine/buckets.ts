// Differences this small come from the rounding of sums, not from observations.
const TOLERANCE = 1e-12;
const SMALLEST_NORMAL = 2 ** -1022;

/** Bucket of a classic histogram. */
export interface Bucket {
  readonly upperBound: number;
  /** Observations up to the bound. */
  readonly count: number;
}

/**
 * Returns a quantile of a classic histogram, interpolated within its bucket.
 *
 * @param sorted - Buckets in ascending order of their bounds.
 */
export function bucketQuantile(quantile: number, sorted: readonly Bucket[]): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return -Infinity;
  if (quantile > 1) return Infinity;
  if (sorted.at(-1)!.upperBound !== Infinity) return Number.NaN;
  const buckets = monotonic(merged(sorted));
  const last = buckets.length - 1;
  const observations = buckets[last]!.count;
  if (last < 1 || observations === 0 || Number.isNaN(observations)) return Number.NaN;
  const rank = quantile * observations;
  const found = buckets.findIndex((it, i) => i === last || it.count >= rank);
  const { upperBound, count } = buckets[found]!;
  if (found === last) return buckets[last - 1]!.upperBound;
  if (found === 0 && upperBound <= 0) return upperBound;
  const before = found === 0 ? { upperBound: 0, count: 0 } : buckets[found - 1]!;
  const share = (rank - before.count) / (count - before.count);
  return before.upperBound + (upperBound - before.upperBound) * share;
}

/**
 * Returns the fraction of the observations of a classic histogram between two values.
 *
 * @param sorted - Buckets in ascending order of their bounds.
 */
export function bucketFraction(lower: number, upper: number, sorted: readonly Bucket[]): number {
  if (sorted.at(-1)!.upperBound !== Infinity) return Number.NaN;
  const buckets = merged(sorted);
  const total = buckets.at(-1)!.count;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  return (observationsBelow(upper, buckets) - observationsBelow(lower, buckets)) / total;
}

function observationsBelow(value: number, buckets: readonly Bucket[]): number {
  const total = buckets.at(-1)!.count;
  let start = buckets[0]!.upperBound <= 0 ? -Infinity : 0;
  let rank = 0;
  for (const { upperBound, count } of buckets) {
    if (start >= value) return Math.min(rank, total);
    if (upperBound > value) {
      // Nothing is known about the distribution in a bucket without a lower bound.
      if (start === -Infinity) return Math.min(count, total);
      const share = (value - start) / (upperBound - start);
      return Math.min(rank + (count - rank) * share, total);
    }
    start = upperBound;
    rank = count;
  }
  return total;
}

/** Merges buckets with the same bound, such as `1` and `1.0`. */
function merged(sorted: readonly Bucket[]): Bucket[] {
  const result: Bucket[] = [];
  for (const bucket of sorted) {
    const last = result.at(-1);
    if (last?.upperBound === bucket.upperBound) {
      result[result.length - 1] = { ...last, count: last.count + bucket.count };
    } else {
      result.push(bucket);
    }
  }
  return result;
}

/** Removes decreases of the counts, which come from rates of buckets that were not read at one time. */
function monotonic(buckets: readonly Bucket[]): Bucket[] {
  let before = buckets[0]!.count;
  return buckets.map(({ upperBound, count }) => {
    if (count < before || isAlmostEqual(before, count)) return { upperBound, count: before };
    before = count;
    return { upperBound, count };
  });
}

function isAlmostEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const difference = Math.abs(a - b);
  const sum = Math.abs(a) + Math.abs(b);
  if (a === 0 || b === 0 || sum < SMALLEST_NORMAL) return difference < TOLERANCE * SMALLEST_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < TOLERANCE;
}

/** Returns the bound of a bucket from its label `le`; `undefined` for a label that is no number. */
export function parseBound(le: string): number | undefined {
  if (/^[+-]?inf(?:inity)?$/i.test(le)) return le.startsWith('-') ? -Infinity : Infinity;
  const bound = le.trim() === '' ? Number.NaN : Number(le);
  return Number.isNaN(bound) ? undefined : bound;
}
