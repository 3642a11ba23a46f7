/**
 * Counts of contiguous exponential buckets, starting at index `offset`. Bucket `i` holds absolute values above
 * `base ** i` and up to `base ** (i + 1)`, where `base` is `2 ** (2 ** -scale)`.
 */
export interface ExponentialBuckets {
  /** Index of the first bucket. */
  readonly offset: number;
  /** Observations per bucket; the first and last counts are above 0. */
  readonly counts: Readonly<Float64Array>;
}

/** Snapshot of a base-2 exponential histogram as defined by OpenTelemetry. */
export interface ExponentialSnapshot {
  /** Resolution, -10 to 20. Each increment halves the width of the buckets on a logarithmic scale. */
  readonly scale: number;
  /** Observations of exactly 0. */
  readonly zeroCount: number;
  /** Observations above 0. */
  readonly positive: ExponentialBuckets;
  /** Observations below 0, by their absolute value. */
  readonly negative: ExponentialBuckets;
}

/**
 * Returns the observations between two snapshots of one series.
 *
 * @returns `undefined` when the later snapshot does not continue the earlier one.
 */
export function exponentialDelta(
  now: ExponentialSnapshot,
  before: ExponentialSnapshot,
): ExponentialSnapshot | undefined {
  const halvings = before.scale - now.scale;
  if (halvings < 0 || now.zeroCount < before.zeroCount) return undefined;
  const positive = bucketsDelta(now.positive, before.positive, halvings);
  const negative = bucketsDelta(now.negative, before.negative, halvings);
  if (positive === undefined || negative === undefined) return undefined;
  return { scale: now.scale, zeroCount: now.zeroCount - before.zeroCount, positive, negative };
}

function bucketsDelta(
  { offset, counts }: ExponentialBuckets,
  before: ExponentialBuckets,
  halvings: number,
): ExponentialBuckets | undefined {
  const left = counts.slice();
  for (const [i, count] of before.counts.entries()) {
    const at = ((before.offset + i) >> halvings) - offset;
    if (count === 0) continue;
    if (left[at] === undefined || left[at] < count) return undefined;
    left[at] -= count;
  }
  return trimmed(offset, left);
}

/** Removes empty buckets at both ends. */
export function trimmed(offset: number, counts: Float64Array): ExponentialBuckets {
  let first = 0;
  let end = counts.length;
  while (first < end && counts[first] === 0) first++;
  while (end > first && counts[end - 1] === 0) end--;
  return first === end
    ? { offset: 0, counts: new Float64Array(0) }
    : { offset: offset + first, counts: counts.slice(first, end) };
}
