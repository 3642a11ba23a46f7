import type { PromClientMetric } from '../metrics/aggregation/sampled-metric.js';
import type { RegistrySnapshot } from '../metrics/snapshot/snapshot.js';

/** The metrics of all members at one instant. */
export interface AggregateReading {
  readonly snapshot: RegistrySnapshot;
  /** What applications have in registries of prom-client. */
  readonly sampled: readonly PromClientMetric[];
}
