import { nameIn } from '../../metrics/catalogue/catalogue-metric.js';
import { clusterMetrics } from '../../metrics/catalogue/cluster.js';
import { commandMetrics } from '../../metrics/catalogue/commands.js';
import { errorMetrics } from '../../metrics/catalogue/errors.js';
import { eventStoreMetrics } from '../../metrics/catalogue/event-store.js';
import { healthMetrics } from '../../metrics/catalogue/health.js';
import { httpMetrics } from '../../metrics/catalogue/http.js';
import { jobCallMetrics } from '../../metrics/catalogue/integrations/jobs.js';
import { progressMetrics } from '../../metrics/catalogue/projection-progress.js';
import { projectionMetrics } from '../../metrics/catalogue/projections.js';
import { queryMetrics } from '../../metrics/catalogue/queries.js';
import { circuitBreakerMetrics, poolMetrics } from '../../metrics/catalogue/resources.js';
import { systemMetrics } from '../../metrics/catalogue/system.js';

/** Series of a counter, chosen by the value of a label. */
export interface Part {
  readonly metric: string;
  readonly label?: string;
  /** Values of the label, as an anchored regular expression of PromQL. */
  readonly values?: string;
}

/** Metrics of one table of calls. */
export interface CallMetrics {
  /** Labels whose values make a row. */
  readonly labels: readonly string[];
  readonly finished: string;
  readonly duration: string;
  readonly failed: Part;
  readonly rejected?: Part;
  readonly inFlight?: string;
  readonly retries?: string;
  /** Value of `source` in the error metrics. */
  readonly source?: string;
}

/** Name of a table of calls. */
export type CallTable = 'commands' | 'queries' | 'routes' | 'operations' | 'jobs';

const { finished: commands } = commandMetrics;

const tables: Readonly<Record<CallTable, CallMetrics>> = {
  commands: {
    labels: ['command_type'],
    finished: commands.name,
    duration: commandMetrics.duration.name,
    failed: { metric: commandMetrics.failed.name },
    rejected: { metric: commandMetrics.rejected.name },
    inFlight: commandMetrics.concurrent.name,
    retries: commandMetrics.retries.name,
    source: 'command',
  },
  queries: {
    labels: ['query_type'],
    finished: queryMetrics.finished.name,
    duration: queryMetrics.duration.name,
    failed: { metric: queryMetrics.failed.name },
    inFlight: queryMetrics.concurrent.name,
    source: 'query',
  },
  routes: {
    labels: ['method', 'endpoint'],
    finished: httpMetrics.requests.name,
    duration: httpMetrics.duration.name,
    failed: { metric: httpMetrics.requests.name, label: 'status', values: '5..' },
    rejected: { metric: httpMetrics.requests.name, label: 'status', values: '4..' },
  },
  operations: {
    labels: ['operation'],
    finished: eventStoreMetrics.operations.name,
    duration: eventStoreMetrics.latency.name,
    failed: { metric: eventStoreMetrics.operations.name, label: 'outcome', values: 'failure' },
    rejected: { metric: eventStoreMetrics.operations.name, label: 'outcome', values: 'rejected' },
    source: 'event_store',
  },
  jobs: {
    labels: ['queue', 'job'],
    finished: jobCallMetrics.finished.name,
    duration: jobCallMetrics.duration.name,
    failed: { metric: jobCallMetrics.failed.name },
    inFlight: jobCallMetrics.concurrent.name,
    retries: jobCallMetrics.retries.name,
    source: 'job',
  },
};

/** All tables of calls, in the order of the page. */
export const callTables = Object.keys(tables) as readonly CallTable[];

/** Names of the metrics that the page reads. */
export type LiveMetrics = ReturnType<typeof liveMetrics>;

/** Returns the names of the metrics in a namespace. */
export function liveMetrics(namespace: string) {
  const name = (it: { readonly name: string }) => nameIn(namespace, it.name);
  const named = <T extends string>(group: Readonly<Record<T, { readonly name: string }>>) =>
    Object.fromEntries(
      Object.entries<{ readonly name: string }>(group).map(([key, it]) => [key, name(it)]),
    ) as Readonly<Record<T, string>>;
  return {
    calls: Object.fromEntries(
      callTables.map((it) => [it, inNamespace(tables[it], namespace)]),
    ) as Readonly<Record<CallTable, CallMetrics>>,
    store: named(eventStoreMetrics),
    progress: named(progressMetrics),
    projections: named(projectionMetrics),
    pools: named(poolMetrics),
    breakers: named(circuitBreakerMetrics),
    errors: name(errorMetrics.errors),
    checks: name(healthMetrics.status),
    members: name(clusterMetrics.members),
    uptime: name(systemMetrics.uptime),
    memory: name(systemMetrics.memory),
    loopDelay: name(systemMetrics.eventLoopDelay),
    loopUse: name(systemMetrics.eventLoopUtilization),
  };
}

function inNamespace(table: CallMetrics, namespace: string): CallMetrics {
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string') return nameIn(namespace, value);
    if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, rename(it)]));
  };
  return rename(table) as CallMetrics;
}
