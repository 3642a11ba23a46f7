import type { MetricDefinition } from '../definition/metric-definition.js';
import type { ExponentialSnapshot } from './exponential-snapshot.js';

/** One observation of a histogram's bucket, and the sampled span that it belongs to. */
export interface Exemplar {
  /** What was observed, in the metric's unit. */
  readonly value: number;
  /** When it was observed: Unix time, milliseconds. */
  readonly atMs: number;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

/**
 * Series that share a value layout, column by column. Series `i` has the label values `labelSets[i]` and the numbers
 * `values[i * stride]` to `values[(i + 1) * stride - 1]`:
 * one number for a counter or gauge; for a histogram one count per bound, one for +Inf (none of them cumulative) and the sum.
 */
export interface SeriesBlock {
  /** Label values of each series, in the order of the metric's label names; the same arrays as long as they are the same series. */
  readonly labelSets: readonly (readonly string[])[];
  /** When each series began to count, as Unix time in milliseconds. */
  readonly createdAtMs: Readonly<Float64Array>;
  /** The numbers of all series, one series after the other. */
  readonly values: Readonly<Float64Array>;
  /** Numbers per series. */
  readonly stride: number;
  /** Bounds of a histogram; empty otherwise. */
  readonly bounds: readonly number[];
  /** When each series was set last, as Unix time in milliseconds, 0 for never; only where that decides which value counts. */
  readonly updatedAtMs?: Readonly<Float64Array> | undefined;
  /** The most recent observation of each bucket that belongs to a sampled span, by the index of its count in `values`. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined;
  /** The same observations of each series in exponential buckets, for a histogram when an exporter asks for them. */
  readonly exponential?: readonly ExponentialSnapshot[] | undefined;
  /** When they were removed, for series that are no more: Unix time in milliseconds. */
  readonly endedAtMs?: number | undefined;
}

/** One metric at one instant. */
export interface MetricSnapshot {
  /** What the metric is. */
  readonly definition: MetricDefinition;
  /** More than one only for a histogram some of whose series have bounds of their own. */
  readonly blocks: readonly SeriesBlock[];
}

/** Freezes the parts of one metric. */
export function snapshotOf(
  definition: MetricDefinition,
  blocks: readonly SeriesBlock[],
): MetricSnapshot {
  return Object.freeze({ definition, blocks: Object.freeze(blocks) });
}

/** All metrics at one instant; nothing in it changes afterwards. */
export interface RegistrySnapshot {
  /** Unix time, milliseconds. */
  readonly takenAtMs: number;
  /** The metrics, in the order of their registration. */
  readonly metrics: readonly MetricSnapshot[];
}
