import {
  duplicateLabels,
  type Frame,
  FrameBuilder,
  type Grid,
  type Row,
  type Steps,
} from './engine/frame.js';
import type { Ranges } from './engine/range-call.js';
import { indexAfter } from './engine/selection.js';
import { compareLabels, type LabelSet, METRIC_NAME } from './label-set.js';

/** Value of a series at the time of an instant query. */
export interface VectorSample {
  /** Labels of the series. */
  readonly labels: LabelSet;
  /** Time of the query: Unix time in milliseconds. */
  readonly atMs: number;
  /** Value. */
  readonly value: number;
}

/** Values of a series over time, in ascending order of time. */
export interface MatrixSeries {
  /** Labels of the series. */
  readonly labels: LabelSet;
  /** Time of each value: Unix time in milliseconds. */
  readonly timesMs: readonly number[];
  /** Values. */
  readonly values: readonly number[];
}

/** Result of a query, by the type of its expression. */
export type QueryResult =
  | { readonly type: 'scalar'; readonly atMs: number; readonly value: number }
  | { readonly type: 'string'; readonly atMs: number; readonly value: string }
  | { readonly type: 'vector'; readonly samples: readonly VectorSample[] }
  | { readonly type: 'matrix'; readonly series: readonly MatrixSeries[] };

/** Returns the instant vector of a grid of one step. */
export function vectorResult(frame: Frame, atMs: number): QueryResult {
  const samples = frame.rows.flatMap((row, i) =>
    frame.present[i] === 1 ? [{ labels: finalLabels(row), atMs, value: frame.values[i]! }] : [],
  );
  checkUnique(samples);
  return { type: 'vector', samples };
}

/** Returns the series of a frame, sorted by labels. Series that lost their names and do not overlap become one. */
export function* matrixResult(frame: Frame, grid: Grid): Steps<QueryResult> {
  const builder = new FrameBuilder(frame.steps, frame.rows.length);
  for (const [i, row] of frame.rows.entries()) {
    yield;
    builder.add(frame, i, { labels: finalLabels(row), dropsName: false });
  }
  const merged = builder.build();
  const series: MatrixSeries[] = [];
  for (const [i, { labels }] of merged.rows.entries()) {
    yield;
    const timesMs: number[] = [];
    const values: number[] = [];
    for (let step = 0; step < merged.steps; step++) {
      const at = i * merged.steps + step;
      if (merged.present[at] === 0) continue;
      timesMs.push(grid.startMs + step * grid.stepMs);
      values.push(merged.values[at]!);
    }
    if (values.length > 0) series.push({ labels, timesMs, values });
  }
  return { type: 'matrix', series: sortedSeries(series) };
}

/** Returns the samples of a range vector at one time. */
export function rangesResult(ranges: Ranges, atMs: number): QueryResult {
  const endMs = (ranges.fixedMs ?? atMs) - ranges.offsetMs;
  const series = ranges.series.flatMap(({ timesMs, values, ...row }) => {
    const from = indexAfter(timesMs, endMs - ranges.rangeMs);
    const to = indexAfter(timesMs, endMs);
    const part = {
      labels: finalLabels(row),
      timesMs: [...timesMs.subarray(from, to)],
      values: [...values.subarray(from, to)],
    };
    return from < to ? [part] : [];
  });
  checkUnique(series);
  return { type: 'matrix', series: sortedSeries(series) };
}

function finalLabels({ labels, dropsName }: Row): LabelSet {
  return dropsName ? labels.without([METRIC_NAME]) : labels;
}

function sortedSeries(series: readonly MatrixSeries[]): readonly MatrixSeries[] {
  return series.toSorted((a, b) => compareLabels(a.labels, b.labels));
}

function checkUnique(results: readonly { readonly labels: LabelSet }[]): void {
  const keys = new Set<string>();
  for (const { labels } of results) {
    if (keys.has(labels.key)) throw duplicateLabels(labels);
    keys.add(labels.key);
  }
}
