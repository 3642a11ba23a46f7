/**
 * One page of metrics for the processes of a cluster and for worker threads.
 *
 * @packageDocumentation
 */

export { aggregateCluster } from './aggregate-cluster.js';
export { aggregateThreads, ThreadMetricsAggregator } from './aggregate-threads.js';
export type { AggregatorOptions } from './aggregator-options.js';
export type { ClusterOptions } from './member-options.js';
export { type AggregateAddress, MetricsAggregator } from './metrics-aggregator.js';
