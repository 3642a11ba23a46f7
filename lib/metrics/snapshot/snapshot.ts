import type { MetricDefinition } from '../definition/metric-definition.js';
import type { ExponentialSnapshot } from './exponential-snapshot.js';

/** One observation of a histogram bucket and the sampled span during which it was recorded. */
export interface Exemplar {
  /** Observed value, in the metric's unit. */
  readonly value: number;
  /** Time of the observation: Unix time, milliseconds. */
  readonly atMs: number;
  /** Trace ID, 32 hexadecimal digits. */
  readonly traceId: string;
  /** Span ID, 16 hexadecimal digits. */
  readonly spanId: string;
}

/**
 * Series that share label names and a value layout, stored by column. Series `i` has the label values `labelSets[i]` and the values
 * `values[i * stride]` to `values[(i + 1) * stride - 1]`: one value for a counter or gauge; for a histogram one count
 * per bound, the count of `+Inf` (none of them cumulative) and the sum.
 */
export interface SeriesBlock {
  /** Label names of a metric whose series differ in them. @defaultValue `labels` of the definition */
  readonly labels?: readonly string[] | undefined;
  /** Label values of each series, in label name order. The array of a series is the same object in every snapshot. */
  readonly labelSets: readonly (readonly string[])[];
  /** Creation time of each series, as Unix time in milliseconds. */
  readonly createdAtMs: Readonly<Float64Array>;
  /** Values of all series, one series after the other. */
  readonly values: Readonly<Float64Array>;
  /** Values per series. */
  readonly stride: number;
  /** Bucket bounds of a histogram; empty otherwise. */
  readonly bounds: readonly number[];
  /**
   * Time at which each series was last set, as Unix time in milliseconds; 0 for never. Present only for gauges with the
   * aggregation `last`.
   */
  readonly updatedAtMs?: Readonly<Float64Array> | undefined;
  /** Most recent exemplar of each bucket, by the index of its count in `values`. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined;
  /** Exponential buckets of each series, when a histogram records them for an exporter. */
  readonly exponential?: readonly ExponentialSnapshot[] | undefined;
  /** Removal time of ended series: Unix time, milliseconds. */
  readonly endedAtMs?: number | undefined;
}

/** Snapshot of one metric. */
export interface MetricSnapshot {
  /** Definition of the metric. */
  readonly definition: MetricDefinition;
  /** Blocks of series; more than one only for series that differ in label names or bounds. */
  readonly blocks: readonly SeriesBlock[];
}

/** Returns the label names of a block. */
export function labelNamesOf(definition: MetricDefinition, block: SeriesBlock): readonly string[] {
  return block.labels ?? definition.labels ?? [];
}

/** Creates a frozen metric snapshot. */
export function snapshotOf(
  definition: MetricDefinition,
  blocks: readonly SeriesBlock[],
): MetricSnapshot {
  return Object.freeze({ definition, blocks: Object.freeze(blocks) });
}

/** Immutable snapshot of all metrics. */
export interface RegistrySnapshot {
  /** Unix time, milliseconds. */
  readonly takenAtMs: number;
  /** The metrics in registration order. */
  readonly metrics: readonly MetricSnapshot[];
}
