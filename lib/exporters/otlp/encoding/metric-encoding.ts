import type { RegistrySnapshot } from '../../../metrics/snapshot/snapshot.js';

/** The form in which values are sent. */
export interface MetricEncoding {
  /** `delta`: the snapshot holds differences. */
  readonly temporality: Temporality;
  /** The start of the snapshot's counts: Unix time in milliseconds. */
  readonly sinceMs: number;
  readonly histograms: HistogramKind;
}

/** The buckets of histograms: the bounds of the metric, or exponential ones that follow from the values. */
export type HistogramKind = 'explicit' | 'exponential';

/** Counts since the start of the application, or since the previous export. */
export type Temporality = 'cumulative' | 'delta';

/** One export. */
export interface MetricsPayload {
  readonly snapshot: RegistrySnapshot;
  readonly encoding: MetricEncoding;
}
