/** Values from one index up to another one, exclusive. There is at least one. */
export interface Span {
  readonly values: Readonly<Float64Array>;
  readonly from: number;
  readonly to: number;
}

/** Sum of many numbers with the error of each addition kept apart, as Neumaier adds. */
class CompensatedSum {
  sum = 0;
  compensation = 0;

  add(value: number): void {
    const sum = this.sum + value;
    if (!Number.isFinite(sum)) this.compensation = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.compensation += this.sum - sum + value;
    else this.compensation += value - sum + this.sum;
    this.sum = sum;
  }

  get total(): number {
    return this.sum + this.compensation;
  }
}

/** Returns the sum. */
export function sumOf({ values, from, to }: Span): number {
  // Written out for speed: most aggregations are sums.
  let sum = values[from]!;
  let compensation = 0;
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    const next = sum + value;
    if (!Number.isFinite(next)) compensation = 0;
    else if (Math.abs(sum) >= Math.abs(value)) compensation += sum - next + value;
    else compensation += value - next + sum;
    sum = next;
  }
  return sum + compensation;
}

/** Returns the mean, also of numbers whose sum overflows. */
export function meanOf(span: Span): number {
  const { values, from, to } = span;
  const count = to - from;
  const sum = sumOf(span);
  if (Number.isFinite(sum)) return sum / count;
  const mean = new CompensatedSum();
  mean.sum = values[from]!;
  for (let i = from + 1; i < to; i++) {
    const n = i - from + 1;
    const share = (n - 1) / n;
    mean.sum *= share;
    mean.compensation *= share;
    mean.add(values[i]! / n);
  }
  return mean.total;
}

/** Returns the population variance. */
export function varianceOf({ values, from, to }: Span): number {
  const mean = new CompensatedSum();
  const squares = new CompensatedSum();
  for (let i = from; i < to; i++) {
    const delta = values[i]! - mean.total;
    mean.add(delta / (i - from + 1));
    squares.add(delta * (values[i]! - mean.total));
  }
  return squares.total / (to - from);
}

/** Returns the index of the largest value; `NaN` is smaller than every number. */
export function indexOfMax({ values, from, to }: Span, isLast = false): number {
  let index = from;
  for (let i = from + 1; i < to; i++) {
    const best = values[index]!;
    const isBetter = isLast ? values[i]! >= best : values[i]! > best;
    if (isBetter || Number.isNaN(best)) index = i;
  }
  return index;
}

/** Returns the index of the smallest value; `NaN` is larger than every number. */
export function indexOfMin({ values, from, to }: Span, isLast = false): number {
  let index = from;
  for (let i = from + 1; i < to; i++) {
    const best = values[index]!;
    const isBetter = isLast ? values[i]! <= best : values[i]! < best;
    if (isBetter || Number.isNaN(best)) index = i;
  }
  return index;
}

/** Returns a quantile, interpolated between the two values around it; infinite for a quantile outside of 0 to 1. */
export function quantileOf(quantile: number, { values, from, to }: Span): number {
  if (Number.isNaN(quantile) || to <= from) return Number.NaN;
  if (quantile < 0) return -Infinity;
  if (quantile > 1) return Infinity;
  // The sort of typed arrays puts NaN last; the ranks count it first.
  const sorted = values.subarray(from, to).toSorted();
  const nans = sorted.length - (sorted.findLastIndex((it) => !Number.isNaN(it)) + 1);
  const at = (rank: number) => (rank < nans ? Number.NaN : sorted[rank - nans]!);
  const rank = quantile * (sorted.length - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(sorted.length - 1, lower + 1);
  const weight = rank - lower;
  return at(lower) * (1 - weight) + at(upper) * weight;
}

/** Returns the median of the distances from the median; `NaN` with any `NaN`. */
export function medianDeviationOf({ values, from, to }: Span): number {
  const copy = values.slice(from, to);
  if (copy.some(Number.isNaN)) return Number.NaN;
  const all = { values: copy, from: 0, to: copy.length };
  const median = quantileOf(0.5, all);
  return quantileOf(0.5, { ...all, values: copy.map((it) => Math.abs(it - median)) });
}

/**
 * Returns the line of least squares.
 *
 * @param originMs - Time of the intercept.
 */
export function regressionOf(
  { values, from, to }: Span,
  timesMs: Readonly<Float64Array>,
  originMs: number,
): { readonly slope: number; readonly intercept: number } {
  const first = values[from]!;
  const sums = Array.from({ length: 4 }, () => new CompensatedSum());
  let isConstant = true;
  for (let i = from; i < to; i++) {
    const x = (timesMs[i]! - originMs) / 1_000;
    const y = values[i]!;
    if (y !== first) isConstant = false;
    for (const [j, term] of [x, y, x * y, x * x].entries()) sums[j]!.add(term);
  }
  if (isConstant) {
    return Number.isFinite(first)
      ? { slope: 0, intercept: first }
      : { slope: Number.NaN, intercept: Number.NaN };
  }
  const n = to - from;
  const [x, y, xy, xx] = sums.map((it) => it.total) as [number, number, number, number];
  const slope = (xy - (x * y) / n) / (xx - (x * x) / n);
  return { slope, intercept: y / n - (slope * x) / n };
}
