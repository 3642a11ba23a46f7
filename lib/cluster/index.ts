export { aggregateCluster } from './aggregate-cluster.js';
export { aggregateThreads, ThreadMetricsAggregator } from './aggregate-threads.js';
export type { AggregatorOptions } from './aggregator-options.js';
export { type AggregateAddress, MetricsAggregator } from './metrics-aggregator.js';
export type {
  MetricSnapshot,
  RegistrySnapshot,
  SeriesBlock,
} from '../metrics/snapshot/snapshot.js';
