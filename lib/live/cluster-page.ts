import { assertOptions } from '../options/assert-options.js';
import { group } from '../options/description.js';
import { endpointMembers } from '../options/endpoint-options.js';
import { endpointPath, namespace, text, wholeNumber } from '../options/standard-options.js';
import type { MetricHistory } from '../history/metric-history.js';
import { OWN_NAMESPACE } from '../metrics/catalogue/catalogue-metric.js';
import type { RegistrySnapshot } from '../metrics/snapshot/snapshot.js';
import { MetricQueries } from '../query/metric-queries.js';
import { localHost } from '../options/endpoint-options.js';
import { LIVE_HOST, liveDefaults } from './live-options.js';
import { LivePage } from './live-page.js';
import { LiveServer } from './live-server.js';

/** Options of {@link serveLivePage}. */
export interface ClusterPageOptions {
  /** Port, 0 to 65535; 0 selects a free port. */
  readonly port: number;
  /** Address that the port is bound to; one of this machine only. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** Path of the page. @defaultValue '/observability' */
  readonly path?: string;
  /** Name of the service in the header. @defaultValue 'application' */
  readonly serviceName?: string;
  /** The option `namespace` of the applications. @defaultValue 'eventcore' */
  readonly namespace?: string;
  /** Time between two frames in milliseconds, 500 to 10000. @defaultValue 2000 */
  readonly intervalMs?: number;
  /** Pages that may be open at the same time, 1 to 100. @defaultValue 10 */
  readonly maxViewers?: number;
}

/** Page of a cluster. */
export interface ClusterPage {
  /** Address of the page. */
  readonly url: string;
  /** Ends all streams and stops listening. */
  close(): Promise<void>;
}

/** Process that aggregates the metrics of a cluster, such as a `MetricsAggregator`. */
export interface LiveAggregate {
  /** Resolves to the current metrics of all members. */
  snapshot(): Promise<RegistrySnapshot>;
}

const { port, host } = endpointMembers('');

/** Description of {@link ClusterPageOptions}. */
const clusterPageOptions = group<ClusterPageOptions>(
  {
    port,
    host,
    path: endpointPath('/internal/observability'),
    serviceName: text(),
    namespace: namespace(),
    intervalMs: wholeNumber(500, 10_000),
    maxViewers: wholeNumber(1, 100),
  },
  {
    rule: 'an object of options',
    remedy: 'Pass something like { port: 9465 }.',
    checks: [
      localHost('reads all metrics'),
      {
        at: 'port',
        rule: 'is missing',
        remedy: 'Pass something like 9465.',
        holds: (it) => it.port !== undefined,
      },
    ],
  },
);

/**
 * Serves the live page of a cluster in the process that aggregates it, on a port of this machine. It shows the metrics of
 * all members; traces and log lines are in the backends that the members send them to.
 *
 * @param aggregator - Result of `aggregateCluster()` or `aggregateThreads()`.
 * @param recorded - History among the exporters of that aggregator.
 * @throws ConfigurationError `OBS_OPTION_INVALID`, or `OBS_ENDPOINT_TAKEN` when the port cannot be bound.
 *
 * @example
 * ```ts
 * import { aggregateCluster } from '@eventcore/nestjs-observability/cluster';
 * import { serveLivePage } from '@eventcore/nestjs-observability/live';
 * import { MetricHistory } from '@eventcore/nestjs-observability/query';
 *
 * const recorded = new MetricHistory();
 * const aggregator = aggregateCluster({ serviceName: 'shop', exporters: [recorded] });
 * export const page = await serveLivePage(aggregator, recorded, { port: 9465, serviceName: 'shop' });
 * ```
 */
export async function serveLivePage(
  aggregator: LiveAggregate,
  recorded: MetricHistory,
  options: ClusterPageOptions,
): Promise<ClusterPage> {
  assertOptions('serveLivePage()', clusterPageOptions, options);
  const { serviceName = 'application', path = liveDefaults.path, host: at = LIVE_HOST } = options;
  const { namespace: words = OWN_NAMESPACE, port: wanted, intervalMs, maxViewers } = options;
  const given = { ...(intervalMs && { intervalMs }), ...(maxViewers && { maxViewers }) };
  const page = new LivePage({ path, port: wanted, ...given });
  page.connect({
    service: { name: serviceName },
    namespace: words,
    clock: recorded.clock,
    history: recorded,
    queries: new MetricQueries(recorded, {}, recorded.clock),
    snapshot: () => aggregator.snapshot(),
    fault: (error) => process.emitWarning(error instanceof Error ? error : String(error)),
  });
  const server = new LiveServer(page);
  await server.open({ port: wanted, host: at, path });
  const close = async () => {
    page.end();
    await server.close();
  };
  return { url: page.link(`http://${at}:${server.port ?? wanted}`), close };
}
