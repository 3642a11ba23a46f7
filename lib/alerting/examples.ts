import type { AlertExample } from './alert-definition.js';

const LAST = 30;
const DIGITS = 12;

/** Returns a number as the notation of promtool reads it, which has no exponent. */
export function digits(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(DIGITS).replace(/\.?0+$/, '');
}

/** Returns the values of a gauge that stays, one a minute. */
export function stays(value: number, minutes = LAST): string {
  return `${digits(value)}x${minutes}`;
}

/** Returns the values of a counter, one a minute. */
export function grows(perMinute: number, from = 0, minutes = LAST): string {
  return `${digits(from)}+${digits(perMinute)}x${minutes}`;
}

/** Returns a ratio that is above another one; `undefined` for a whole, which no part exceeds. */
export function ratioOver(ratio: number): number | undefined {
  return ratio < 1 ? Math.min(2 * ratio || 1, (1 + ratio) / 2) : undefined;
}

/** Returns a number of calls a minute that is enough for a condition on calls within five minutes. */
export function enough(calls: number): number {
  return Math.max(60, Math.ceil(calls / 4));
}

/** Returns counters that grow alike, with fewer calls than a condition on calls within five minutes demands. */
export function fewCalls(calls: number, ...series: readonly string[]): AlertExample {
  return Object.fromEntries(series.map((it) => [it, grows(calls / 10)]));
}

/** Series of a part and of the rest, or of the whole, and the limits of a condition on their ratio. */
interface RatioSeries {
  readonly part: string;
  readonly whole?: string;
  readonly rest?: string;
  readonly ratio: number;
  readonly calls: number;
}

/** Returns series in which a ratio is above its limit, with enough calls; `undefined` for a limit of a whole. */
export function ratioFires(series: RatioSeries): AlertExample | undefined {
  const share = ratioOver(series.ratio);
  return share === undefined ? undefined : shared(series, share);
}

/** Returns series in which a ratio is below its limit, with enough calls. */
export function ratioStaysQuiet(series: RatioSeries): AlertExample {
  return shared(series, series.ratio / 2);
}

function shared({ part, whole, rest, calls }: RatioSeries, share: number): AlertExample {
  const all = enough(calls);
  return {
    ...(whole !== undefined && { [whole]: grows(all) }),
    ...(rest !== undefined && { [rest]: grows(all * (1 - share)) }),
    [part]: grows(all * share),
  };
}

/** Returns the series of a histogram whose observations are all between two bounds of its buckets. */
export function observations(
  histogram: string,
  labels: string,
  { from, to, calls = 0 }: { readonly from: number; readonly to: number; readonly calls?: number },
): AlertExample {
  const bucket = (le: string) => `${histogram}_bucket{${labels},le="${le}"}`;
  const all = grows(enough(calls));
  return {
    [bucket(digits(from))]: '0x30',
    [bucket(digits(to))]: all,
    [bucket('+Inf')]: all,
    [`${histogram}_count{${labels}}`]: all,
    [`${histogram}_sum{${labels}}`]: all,
  };
}
