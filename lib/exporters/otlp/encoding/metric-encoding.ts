import type { RegistrySnapshot } from '../../../metrics/snapshot/snapshot.js';

/** Encoding of the values. */
export interface MetricEncoding {
  /** With `delta`, the snapshot contains differences. */
  readonly temporality: Temporality;
  /** Start of the snapshot's counts: Unix time in milliseconds. */
  readonly sinceMs: number;
  readonly histograms: HistogramKind;
}

/** Buckets of histograms: `explicit` uses the bounds of the metric, `exponential` derives them from the values. */
export type HistogramKind = 'explicit' | 'exponential';

/** Time range of counts: `cumulative` since the start of the application, `delta` since the previous export. */
export type Temporality = 'cumulative' | 'delta';

/** Content of one export. */
export interface MetricsPayload {
  readonly snapshot: RegistrySnapshot;
  readonly encoding: MetricEncoding;
}
