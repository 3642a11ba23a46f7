/** Points in time with a value each, in ascending order of time. */
export interface Points {
  /** Unix time, milliseconds. */
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
}

// Scales a median absolute deviation to the standard deviation of a normal distribution.
const NORMAL_SCALE = 1.4826;
// Standard deviation of the correlation of independent values, times the root of their number.
const WHITE_NOISE = 1;
// A trend that is not straight leaves such a correlation as well: beyond this it is not taken for noise.
const MAX_CORRELATION = 0.4;

/** Returns the median, `NaN` for no values. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).toSorted();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Returns the median absolute deviation from a centre, scaled to the standard deviation of normal noise. */
export function deviation(values: readonly number[], centre = median(values)): number {
  return NORMAL_SCALE * median(values.map((it) => Math.abs(it - centre)));
}

/**
 * Returns the Theil–Sen slope: the median slope of all pairs of points, which a minority of outliers does not move.
 *
 * @returns Change per second; `NaN` for fewer than two points.
 */
export function theilSenSlope({ timesMs, values }: Points): number {
  const slopes: number[] = [];
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      slopes.push((1_000 * (values[j]! - values[i]!)) / (timesMs[j]! - timesMs[i]!));
    }
  }
  return median(slopes);
}

/**
 * Returns the standard score of the Mann–Kendall test for a monotonic trend, with the corrections for ties and for values
 * that depend on their neighbours (Yue and Wang, 2004). Positive for a rise; beyond ±3.3, noise alone is improbable.
 *
 * @param slope - Theil–Sen slope of the points, change per second.
 */
export function mannKendallScore({ timesMs, values }: Points, slope: number): number {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) sum += Math.sign(values[j]! - values[i]!);
  }
  const ties = new Map<number, number>();
  for (const it of values) ties.set(it, (ties.get(it) ?? 0) + 1);
  const pairs = (it: number) => it * (it - 1) * (2 * it + 5);
  const tied = [...ties.values()].reduce((total, it) => total + pairs(it), 0);
  const variance = (pairs(n) - tied) / 18;
  if (variance <= 0) return 0;
  const rest = values.map((it, i) => it - (slope * (timesMs[i]! - timesMs[0]!)) / 1_000);
  return (sum - Math.sign(sum)) / Math.sqrt(variance * dependence(rest));
}

/** Returns the factor by which dependence between neighbours widens the variance of a test, at least 1. */
function dependence(values: readonly number[]): number {
  const n = values.length;
  const mean = values.reduce((total, it) => total + it, 0) / n;
  let own = 0;
  let shifted = 0;
  for (let i = 0; i < n; i++) {
    own += (values[i]! - mean) ** 2;
    if (i > 0) shifted += (values[i]! - mean) * (values[i - 1]! - mean);
  }
  const seen = own === 0 ? 0 : shifted / own;
  if (seen * Math.sqrt(n) < WHITE_NOISE) return 1;
  // In few values the estimate is too low (Kendall, 1954).
  const correlation = Math.min(MAX_CORRELATION, seen + (1 + 4 * seen) / n);
  return (1 + correlation) / (1 - correlation);
}

/**
 * Returns the probability of at least `successes` in `trials` independent trials, 0 to 1.
 *
 * @param chance - Probability of each success, between 0 and 1.
 */
export function binomialTail(
  successes: number,
  { trials, chance }: { readonly trials: number; readonly chance: number },
): number {
  if (successes <= 0) return 1;
  const odds = chance / (1 - chance);
  let term = Math.exp(
    logChoose(trials, successes) +
      successes * Math.log(chance) +
      (trials - successes) * Math.log1p(-chance),
  );
  let total = term;
  for (let k = successes; k < trials && term > total * Number.EPSILON; k++) {
    term *= (odds * (trials - k)) / (k + 1);
    total += term;
  }
  return Math.min(1, total);
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** Returns ln(n!), by Stirling's series from 16 on, exact to 1e-12. */
function logFactorial(n: number): number {
  if (n < 16) {
    let product = 1;
    for (let i = 2; i <= n; i++) product *= i;
    return Math.log(product);
  }
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1_260 * n ** 5);
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + series;
}
