import type { RegistrySnapshot } from '../../../metrics/snapshot/snapshot.js';

/** How values are expressed. */
export interface MetricEncoding {
  /** `delta`: the snapshot holds differences. */
  readonly temporality: Temporality;
  /** When the snapshot's counting began: Unix time in milliseconds. */
  readonly sinceMs: number;
  readonly histograms: HistogramKind;
}

/** The buckets of histograms: those of the metric, or those that follow from the values. */
export type HistogramKind = 'explicit' | 'exponential';

/** Whether counts are told since the start of the application, or since the export before. */
export type Temporality = 'cumulative' | 'delta';

/** One export. */
export interface MetricsPayload {
  readonly snapshot: RegistrySnapshot;
  readonly expression: MetricEncoding;
}

/** Writes requests of OTLP; what does not change from one to the next is kept. */
export interface OtlpEncoder {
  /** Every metric of a snapshot; one without series is left out. */
  encode(payload: MetricsPayload): Uint8Array;
}
