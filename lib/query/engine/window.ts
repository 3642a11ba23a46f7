import type { LabelSet } from '../label-set.js';
import type { Span } from './statistics.js';

/** Samples of one series within a range. An evaluator moves one window over all steps. */
export interface Window extends Span {
  /** Time of each sample. */
  timesMs: Readonly<Float64Array>;
  values: Readonly<Float64Array>;
  /** Index of the first sample. */
  from: number;
  /** Index after the last sample. */
  to: number;
  /** Start of the range, exclusive. */
  startMs: number;
  /** End of the range, inclusive. */
  endMs: number;
  /** Length of the range. */
  rangeMs: number;
  /** Time of the step. */
  stepMs: number;
  /** Values of the other arguments at the step. */
  readonly args: number[];
}

/** Series of a range vector. */
export interface WindowSeries {
  readonly labels: LabelSet;
  readonly dropsName: boolean;
  readonly timesMs: Readonly<Float64Array>;
  readonly values: Readonly<Float64Array>;
}

/** Creates a window without samples. */
export function emptyWindow(rangeMs: number): Window {
  const none = new Float64Array(0);
  const times = { startMs: 0, endMs: 0, rangeMs, stepMs: 0 };
  return { timesMs: none, values: none, from: 0, to: 0, ...times, args: [] };
}

/** Moves a window to a later range of its series. */
export function moveWindow(window: Window, endMs: number): void {
  const { timesMs, rangeMs } = window;
  window.startMs = endMs - rangeMs;
  window.endMs = endMs;
  while (window.from < timesMs.length && timesMs[window.from]! <= window.startMs) window.from++;
  if (window.to < window.from) window.to = window.from;
  while (window.to < timesMs.length && timesMs[window.to]! <= endMs) window.to++;
}
