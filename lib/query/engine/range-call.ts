import { type Call, type MatrixSelector, type Subquery, unwrap } from '../language/expression.js';
import type { SampleSeries } from '../series-source.js';
import type { Frame, Grid, Steps } from './frame.js';
import { absent } from './label-functions.js';
import { type Evaluation, fixedTimeOf } from './query-context.js';
import { keepsName, type RangeFunction, rangeFunctions } from './range-functions.js';
import { indexAfter, subqueryGrid } from './selection.js';
import { emptyWindow, moveWindow, type Window, type WindowSeries } from './window.js';

/** Range vector: its series, and where its ranges end. */
export interface Ranges {
  readonly series: readonly WindowSeries[];
  readonly rangeMs: number;
  readonly offsetMs: number;
  /** Fixed end of all ranges, before the offset. */
  readonly fixedMs: number | undefined;
}

/** Evaluates a range vector selector or a subquery. */
export function* rangesOf(
  it: MatrixSelector | Subquery,
  grid: Grid,
  evaluation: Evaluation,
): Steps<Ranges> {
  const { context } = evaluation;
  if (it.kind === 'range') {
    const { selector, rangeMs } = it;
    const series = (context.series.get(selector) ?? []).map(withName);
    const fixedMs = fixedTimeOf(selector.at, context);
    return { series, rangeMs, offsetMs: selector.offsetMs, fixedMs };
  }
  const inner = subqueryGrid(it, grid, context);
  const frame = yield* evaluation.vector(it.body, inner);
  const fixedMs = fixedTimeOf(it.at, context);
  return { series: seriesOf(frame, inner), rangeMs: it.rangeMs, offsetMs: it.offsetMs, fixedMs };
}

const withName = ({ labels, timesMs, values }: SampleSeries): WindowSeries => ({
  labels,
  dropsName: false,
  timesMs,
  values,
});

/** Returns the results of a subquery as samples. */
function seriesOf({ rows, steps, values, present }: Frame, grid: Grid): WindowSeries[] {
  const times = Float64Array.from({ length: steps }, (_, i) => grid.startMs + i * grid.stepMs);
  return rows.map((row, i) => {
    const has = present.subarray(i * steps, (i + 1) * steps);
    const own = values.subarray(i * steps, (i + 1) * steps);
    if (!has.includes(0)) return { ...row, timesMs: times, values: own };
    const isPresent = (_: number, step: number) => has[step] === 1;
    return { ...row, timesMs: times.filter(isPresent), values: own.filter(isPresent) };
  });
}

/** Evaluates a function of a range vector. */
export function* rangeCall(it: Call, grid: Grid, evaluation: Evaluation): Steps<Frame> {
  const { name } = it.signature;
  const args = it.args.map(unwrap);
  const scalars: Float64Array[] = [];
  let range: MatrixSelector | Subquery | undefined;
  for (const arg of args) {
    if (arg.kind === 'range' || arg.kind === 'subquery') range = arg;
    else scalars.push(yield* evaluation.scalar(arg, grid));
  }
  const ranges = yield* rangesOf(range!, grid, evaluation);
  const rows = ranges.series.map(({ labels, dropsName }) => ({
    labels,
    dropsName: dropsName || !keepsName.has(name),
  }));
  const frame = evaluation.frame(rows, grid.count);
  const window = emptyWindow(ranges.rangeMs);
  const firstMs = (ranges.fixedMs ?? grid.startMs) - ranges.offsetMs;
  for (const [row, series] of ranges.series.entries()) {
    yield;
    window.timesMs = series.timesMs;
    window.values = series.values;
    window.from = indexAfter(series.timesMs, firstMs - ranges.rangeMs);
    window.to = window.from;
    evaluateSeries({ frame, row, window, ranges, scalars, compute: rangeFunctions[name]!, grid });
  }
  return name === 'absent_over_time' ? absent(frame, range!) : frame;
}

interface SeriesEvaluation {
  readonly frame: Frame;
  readonly row: number;
  readonly window: Window;
  readonly ranges: Ranges;
  readonly scalars: readonly Float64Array[];
  readonly compute: RangeFunction;
  readonly grid: Grid;
}

function evaluateSeries(it: SeriesEvaluation): void {
  const { frame, row, window, ranges, scalars, grid } = it;
  for (let step = 0; step < grid.count; step++) {
    const stepMs = grid.startMs + step * grid.stepMs;
    window.stepMs = stepMs;
    moveWindow(window, (ranges.fixedMs ?? stepMs) - ranges.offsetMs);
    if (window.from === window.to) continue;
    for (const [i, values] of scalars.entries()) window.args[i] = values[step]!;
    const value = it.compute(window);
    if (value === undefined) continue;
    frame.values[row * grid.count + step] = value;
    frame.present[row * grid.count + step] = 1;
  }
}
