import type { RegistrySnapshot } from '../../../metrics/snapshot/snapshot.js';
import type { MetricEncoding } from './metric-encoding.js';

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
