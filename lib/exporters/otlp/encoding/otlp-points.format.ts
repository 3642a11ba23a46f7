import type { Exemplar, MetricSnapshot, SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import type { MetricEncoding } from './metric-encoding.js';

/** Codes of `AggregationTemporality` in the protocol. */
export const temporalityCodes = { delta: 1, cumulative: 2 } as const;

/** Returns true if a metric has series. */
export function hasSeries({ blocks }: MetricSnapshot): boolean {
  return blocks.some(({ labelSets }) => labelSets.length > 0);
}

/** Returns true if the histograms of a block are sent with exponential buckets. */
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

/** Time range of the points of a block, in Unix milliseconds. */
export interface PointTimes {
  readonly sinceMs: number;
  readonly endMs: number;
}

/** Returns the start of a series, at most the end of the range, because the wall clock may have been set back. */
export function startMsOf(
  { createdAtMs }: SeriesBlock,
  series: number,
  { sinceMs, endMs }: PointTimes,
): number {
  return Math.min(Math.max(createdAtMs[series] ?? sinceMs, sinceMs), endMs);
}

/** Returns true if the number of an attribute is encoded as an integer. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

/** Returns the number of observations of a histogram series. */
export function countOf({ values, stride }: SeriesBlock, series: number): number {
  const from = series * stride;
  let count = 0;
  for (let i = from; i < from + stride - 1; i++) count += values[i]!;
  return count;
}

/**
 * Returns the exemplars of a histogram series within the time range of the point. Earlier points
 * have sent older ones.
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
