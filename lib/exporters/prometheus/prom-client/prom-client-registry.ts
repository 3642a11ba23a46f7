import type { PromClientMetric } from '../../../metrics/aggregation/sampled-metric.js';
import { isMainThread } from 'node:worker_threads';
import { ifMissing } from '../../../kernel/peers/optional-peer.js';
import { withinTime } from '../../../kernel/time-limit.js';
import { MirroredMetric, type WritableRegistry } from './prom-client-mirror.js';

/** Part of a prom-client `Registry` that the source reads. */
export interface PromClientRegistry {
  /** Absent before prom-client 14.2. */
  readonly contentType?: string;
  getMetricsAsJSON(): Promise<unknown[]>;
  getMetricsAsArray(): readonly { readonly name: string; readonly type?: string }[];
}

/** Part of the package prom-client that is used. */
export interface PromClient {
  readonly register: PromClientRegistry & WritableRegistry;
  readonly Registry: new () => PromClientRegistry;
  readonly AggregatorRegistry: new () => unknown;
  collectDefaultMetrics(config: { readonly register: PromClientRegistry }): void;
}

// Default scrape timeout of Prometheus:
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/
const READ_LIMIT_MS = 10_000;
const LATE = `the collectors of prom-client did not answer in ${READ_LIMIT_MS / 1000} s`;

/** Loads prom-client if the application has it. */
export async function loadPromClient(): Promise<PromClient | undefined> {
  try {
    const { default: client } = await import('prom-client');
    return client as unknown as PromClient;
  } catch (error) {
    return ifMissing(error, 'prom-client');
  }
}

/**
 * Enables prom-client to answer an `AggregatorRegistry` in the primary: a worker listens only once
 * it has created one.
 */
export async function answerPrimary(client: PromClient): Promise<void> {
  const { default: cluster } = await import('node:cluster');
  if (cluster.isWorker && isMainThread) Reflect.construct(client.AggregatorRegistry, []);
}

/** Reads the prom-client registries of the endpoint. Of two metrics with the same name the first one wins. */
export class PromClientSource {
  readonly #registries: readonly PromClientRegistry[];

  /** @param registries - Registries, with the application's own first. */
  constructor(registries: readonly PromClientRegistry[]) {
    this.#registries = registries;
  }

  /**
   * Returns all current metrics.
   *
   * @throws Error of a collector, or a timeout error when one does not answer.
   */
  async read(): Promise<PromClientMetric[]> {
    const reading = Promise.all(this.#registries.map((it) => readForeign(it)));
    const metrics = await withinTime(reading, { limitMs: READ_LIMIT_MS }, () => new Error(LATE));
    const byName = new Map<string, PromClientMetric>();
    for (const metric of metrics.flat()) {
      if (!byName.has(metric.name)) byName.set(metric.name, metric);
    }
    return [...byName.values()];
  }
}

/** Returns the metrics of a registry that are not mirrored from this or another application of the process. */
export function foreignMetrics(registry: PromClientRegistry) {
  return registry.getMetricsAsArray().filter((it) => !(it instanceof MirroredMetric));
}

/** Reads metrics with the default labels of the registry, which are private. */
async function readForeign(registry: PromClientRegistry): Promise<PromClientMetric[]> {
  const foreign = foreignMetrics(registry);
  const isAll = foreign.length === registry.getMetricsAsArray().length;
  const view = isAll
    ? registry
    : (Object.create(registry, {
        getMetricsAsArray: { value: () => foreign },
      }) as PromClientRegistry);
  const metrics = (await view.getMetricsAsJSON()) as PromClientMetric[];
  return registry.contentType?.includes('openmetrics') ? metrics.map(withTotal) : metrics;
}

/** An OpenMetrics registry of prom-client adds `_total` to counters on its own page, and removes it from their names. */
function withTotal(metric: PromClientMetric): PromClientMetric {
  if (metric.type !== 'counter' || metric.name.endsWith('_total')) return metric;
  return { ...metric, name: `${metric.name}_total` };
}

// One registry per process, whatever the number of applications: prom-client observes garbage
// collection with an observer that it never disconnects.
const processRegistries = new WeakMap<PromClient, PromClientRegistry>();

/**
 * Returns the registry of prom-client's process metrics. It is separate from the application's
 * registry, where `PrometheusModule` or the application could otherwise not define them.
 */
export function processMetrics(client: PromClient): PromClientRegistry {
  let registry = processRegistries.get(client);
  if (registry === undefined) {
    registry = new client.Registry();
    client.collectDefaultMetrics({ register: registry });
    processRegistries.set(client, registry);
  }
  return registry;
}
