import type { Exemplar, MetricSnapshot, SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import type { MetricEncoding } from './metric-encoding.js';

/** AggregationTemporality of the protocol. */
export const temporalityCodes = { delta: 1, cumulative: 2 } as const;

/** Whether a metric has anything to send. */
export function hasSeries({ blocks }: MetricSnapshot): boolean {
  return blocks.some(({ labelSets }) => labelSets.length > 0);
}

/** Whether the histograms of a block are sent with exponential buckets. */
export function isExponential(
  { definition, blocks }: MetricSnapshot,
  { histograms }: MetricEncoding,
): boolean {
  return (
    histograms === 'exponential' &&
    definition.type === 'histogram' &&
    blocks.every(({ exponential }) => exponential !== undefined)
  );
}

/** Between which times the points of a block count, in Unix milliseconds. */
export interface PointTimes {
  readonly sinceMs: number;
  readonly endMs: number;
}

/** When a series began to count, not after the end: the wall clock may have been set back. */
export function startMsOf(
  { createdAtMs }: SeriesBlock,
  series: number,
  { sinceMs, endMs }: PointTimes,
): number {
  return Math.min(Math.max(createdAtMs[series] ?? sinceMs, sinceMs), endMs);
}

/** Whether the number of an attribute is sent as a whole one. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

/** How many observations a series of a histogram has. */
export function countOf({ values, stride }: SeriesBlock, series: number): number {
  const from = series * stride;
  let count = 0;
  for (let i = from; i < from + stride - 1; i++) count += values[i]!;
  return count;
}

/**
 * The exemplars of a series of a histogram that belong to the time of the point; older ones were sent with the one before.
 */
export function exemplarsOf(
  { exemplars, stride }: SeriesBlock,
  series: number,
  startMs: number,
): readonly Exemplar[] {
  if (exemplars === undefined) return NONE;
  const from = series * stride;
  let found: Exemplar[] | undefined;
  for (let i = from; i < from + stride - 1; i++) {
    const it = exemplars[i];
    if (it !== undefined && it.atMs >= startMs) (found ??= []).push(it);
  }
  return found ?? NONE;
}

const NONE: readonly Exemplar[] = [];
