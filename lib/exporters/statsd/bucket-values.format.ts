/** How often a value stands for the observations of its bucket. */
export interface BucketValue {
  readonly value: number;
  readonly times: number;
}

/** What was observed since the export before. */
export interface Observations {
  readonly bounds: readonly number[];
  /** Observations per bucket, none of them cumulative; the last one is that above all bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/**
 * One value for each bucket that had observations. All lie at the same place between the bounds of their buckets: the
 * one at which their sum is the one that was measured. Above the last bound stands what the others leave of the sum.
 */
export function bucketValues({ bounds, counts, sum }: Observations): BucketValue[] {
  const finite = bounds.map((bound, i) => bucket(bounds, bound, i));
  const beyond = counts[bounds.length] ?? 0;
  const place = beyond > 0 ? 0.5 : placeOf(finite, counts, sum);
  const values = finite.flatMap(({ from, width }, i) => {
    const times = counts[i] ?? 0;
    return times > 0 ? [{ value: from + place * width, times }] : [];
  });
  if (beyond <= 0) return values;
  const rest = sum - values.reduce((total, it) => total + it.value * it.times, 0);
  const last = bounds.at(-1) ?? -Infinity;
  return [...values, { value: Math.max(last, rest / beyond), times: beyond }];
}

interface Bucket {
  readonly from: number;
  readonly width: number;
}

/** Values are seldom below 0: the first bucket begins there unless its bound is itself below. */
function bucket(bounds: readonly number[], bound: number, index: number): Bucket {
  const from = index === 0 ? Math.min(0, bound) : (bounds[index - 1] as number);
  return { from, width: bound - from };
}

function placeOf(buckets: readonly Bucket[], counts: readonly number[], sum: number): number {
  let least = 0;
  let room = 0;
  buckets.forEach(({ from, width }, i) => {
    least += from * (counts[i] ?? 0);
    room += width * (counts[i] ?? 0);
  });
  return room > 0 ? Math.min(1, Math.max(0, (sum - least) / room)) : 0.5;
}
