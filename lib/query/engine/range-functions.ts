import { QueryError } from '../query-error.js';
import { extrapolatedChange, lastChange } from './rate.js';
import {
  indexOfMax,
  indexOfMin,
  meanOf,
  medianDeviationOf,
  quantileOf,
  regressionOf,
  sumOf,
  varianceOf,
} from './statistics.js';
import type { Window } from './window.js';

/** Function of a range vector: returns its value for the samples of one series, of which there is at least one. */
export type RangeFunction = (window: Window) => number | undefined;

const seconds = (ms: number) => ms / 1_000;

/** Functions of range vectors by name. Other arguments are in `args` of the window, in their order. */
export const rangeFunctions: Readonly<Record<string, RangeFunction>> = {
  rate: (it) => extrapolatedChange(it, { isCounter: true, isRate: true }),
  increase: (it) => extrapolatedChange(it, { isCounter: true, isRate: false }),
  delta: (it) => extrapolatedChange(it, { isCounter: false, isRate: false }),
  irate: (it) => lastChange(it, true),
  idelta: (it) => lastChange(it, false),
  sum_over_time: sumOf,
  avg_over_time: meanOf,
  count_over_time: ({ from, to }) => to - from,
  min_over_time: (it) => it.values[indexOfMin(it)],
  max_over_time: (it) => it.values[indexOfMax(it)],
  stddev_over_time: (it) => Math.sqrt(varianceOf(it)),
  stdvar_over_time: varianceOf,
  mad_over_time: medianDeviationOf,
  quantile_over_time: (it) => quantileOf(it.args[0]!, it),
  first_over_time: ({ values, from }) => values[from],
  last_over_time: ({ values, to }) => values[to - 1],
  present_over_time: () => 1,
  absent_over_time: () => 1,
  ts_of_first_over_time: ({ timesMs, from }) => seconds(timesMs[from]!),
  ts_of_last_over_time: ({ timesMs, to }) => seconds(timesMs[to - 1]!),
  ts_of_min_over_time: (it) => seconds(it.timesMs[indexOfMin(it, true)]!),
  ts_of_max_over_time: (it) => seconds(it.timesMs[indexOfMax(it, true)]!),
  changes: (it) => count(it, (value, before) => value !== before && !areNaN(value, before)),
  resets: (it) => count(it, (value, before) => value < before),
  deriv: (it) =>
    hasTwo(it) ? regressionOf(it, it.timesMs, it.timesMs[it.from]!).slope : undefined,
  predict_linear: (it) => {
    if (!hasTwo(it)) return undefined;
    const { slope, intercept } = regressionOf(it, it.timesMs, it.stepMs);
    return slope * it.args[0]! + intercept;
  },
  double_exponential_smoothing: smooth,
};

/** Range functions whose result keeps the metric name. */
export const keepsName: ReadonlySet<string> = new Set(['first_over_time', 'last_over_time']);

const hasTwo = ({ from, to }: Window) => to - from >= 2;
const areNaN = (a: number, b: number) => Number.isNaN(a) && Number.isNaN(b);

function count(
  { values, from, to }: Window,
  counts: (value: number, before: number) => boolean,
): number {
  let result = 0;
  for (let i = from + 1; i < to; i++) if (counts(values[i]!, values[i - 1]!)) result++;
  return result;
}

/** Smooths by level and trend: double exponential smoothing of Holt. */
function smooth(window: Window): number | undefined {
  const { values, from, to, args } = window;
  const [level, trend] = args as [number, number];
  checkFactor('smoothing', 'sf', level);
  checkFactor('trend', 'tf', trend);
  if (!hasTwo(window)) return undefined;
  let before = 0;
  let smoothed = values[from]!;
  let slope = values[from + 1]! - values[from]!;
  for (let i = from + 1; i < to; i++) {
    if (i > from + 1) slope = trend * (smoothed - before) + (1 - trend) * slope;
    before = smoothed;
    smoothed = level * values[i]! + (1 - level) * (before + slope);
  }
  return smoothed;
}

function checkFactor(name: string, symbol: string, value: number): void {
  if (value > 0 && value < 1) return;
  const detail = `invalid ${name} factor. Expected: 0 < ${symbol} < 1, got: ${value}`;
  throw new QueryError('OBS_QUERY_FAILED', { detail, remedy: 'Correct the factor.' });
}
