import type { AggregatorOptions } from './aggregator-options.js';
import { ClusterHub } from './cluster-hub.js';
import { MetricsAggregator } from './metrics-aggregator.js';
import { ThreadHub } from './thread-hub.js';

/**
 * Puts the metrics of all workers of `node:cluster` together. Call it in the primary, once; workers import the module with
 * the option `cluster`. A scrape that lands on any worker then shows all of them, those that have ended included.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import cluster from 'node:cluster';
 * import { aggregateCluster } from '@eventcore/nestjs-observability/cluster';
 *
 * if (cluster.isPrimary) {
 *   const metrics = aggregateCluster({ serviceName: 'shop' });
 *   await metrics.listen({ port: 9464, host: '127.0.0.1' });
 *   for (let i = 0; i < 4; i++) cluster.fork();
 * }
 * ```
 */
export function aggregateCluster(options: AggregatorOptions = {}): MetricsAggregator {
  return new MetricsAggregator([new ClusterHub(), new ThreadHub(false)], options, false);
}
