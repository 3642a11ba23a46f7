import type { ClusterMember } from '../cluster/cluster-member.js';
import { DEFAULT_SERIES_LIMIT, type ObservabilityRuntime } from './observability-runtime.js';

const TIMEOUT_MS = 5_000;

/** Lets the endpoint show the metrics of all workers or threads, when the options say so. */
export async function joinCluster(
  runtime: ObservabilityRuntime,
): Promise<ClusterMember | undefined> {
  const { options, registry, exporter, faults } = runtime;
  const { cluster = false, cardinality = {} } = options;
  if (cluster === false) return undefined;
  const { timeoutMs = TIMEOUT_MS } = cluster === true ? {} : cluster;
  // Some application servers do not bear the import of node:cluster.
  const { openMember } = await import('../cluster/open-member.js');
  const member = openMember({
    faults,
    seriesLimit: cardinality.seriesLimit ?? DEFAULT_SERIES_LIMIT,
    timeoutMs,
    snapshot: () => registry.snapshot(),
    readSampled: () => exporter.readPromClient(),
  });
  exporter.gatherBy(() => member.gather());
  return member;
}
