import type { PromClientMetric } from '../../../metrics/aggregation/sampled-metric.js';
import { isMainThread } from 'node:worker_threads';
import { loadOptionalPeer } from '../../../kernel/optional-peer.js';
import { withinTime } from '../../../kernel/time-limit.js';
import { MirroredMetric, type WritableRegistry } from './prom-client-mirror.js';

/** The part of a prom-client `Registry` that is read. */
export interface PromClientRegistry {
  getMetricsAsJSON(): Promise<unknown[]>;
  getMetricsAsArray(): readonly { readonly name: string; readonly type?: string }[];
}

/** The part of the package prom-client that is used. */
export interface PromClient {
  readonly register: PromClientRegistry & WritableRegistry;
  readonly Registry: new () => PromClientRegistry;
  readonly AggregatorRegistry: new () => unknown;
  collectDefaultMetrics(config: { readonly register: PromClientRegistry }): void;
}

// Prometheus itself waits as long by default: https://prometheus.io/docs/prometheus/latest/configuration/configuration/
const READ_LIMIT_MS = 10_000;
const LATE = `the collectors of prom-client did not answer in ${READ_LIMIT_MS / 1000} s`;

/** prom-client, if the application has it. */
export async function loadPromClient(): Promise<PromClient | undefined> {
  const loaded = await loadOptionalPeer(() => import('prom-client'), 'prom-client');
  return loaded?.default as unknown as PromClient | undefined;
}

/** Lets prom-client answer an `AggregatorRegistry` of the primary: in a worker, it listens only when one is made. */
export async function answerPrimary(client: PromClient): Promise<void> {
  const { default: cluster } = await import('node:cluster');
  if (cluster.isWorker && isMainThread) Reflect.construct(client.AggregatorRegistry, []);
}

/** Reads the registries of prom-client that belong on the endpoint; of two metrics of one name the first counts. */
export class PromClientSource {
  readonly #registries: readonly PromClientRegistry[];

  /** @param registries - The application's own first. */
  constructor(registries: readonly PromClientRegistry[]) {
    this.#registries = registries;
  }

  /**
   * All metrics now.
   *
   * @throws Whatever a collector throws, and an error when one does not answer.
   */
  async read(): Promise<PromClientMetric[]> {
    const reading = Promise.all(this.#registries.map((it) => readForeign(it)));
    const metrics = await withinTime(reading, { limitMs: READ_LIMIT_MS }, () => new Error(LATE));
    const byName = new Map<string, PromClientMetric>();
    for (const metric of metrics.flat() as PromClientMetric[]) {
      if (!byName.has(metric.name)) byName.set(metric.name, metric);
    }
    return [...byName.values()];
  }
}

/** The metrics of a registry that are not ours: a mirror of ours, or that of another application of the process. */
export function foreignMetrics(registry: PromClientRegistry) {
  return registry.getMetricsAsArray().filter((it) => !(it instanceof MirroredMetric));
}

/** With the default labels of the registry, which it keeps to itself. */
function readForeign(registry: PromClientRegistry): Promise<unknown[]> {
  const foreign = foreignMetrics(registry);
  if (foreign.length === registry.getMetricsAsArray().length) return registry.getMetricsAsJSON();
  const view = Object.create(registry, {
    getMetricsAsArray: { value: () => foreign },
  }) as PromClientRegistry;
  return view.getMetricsAsJSON();
}

// Metrics of the process exist once per process, whatever the number of applications: prom-client watches garbage
// collection with an observer that it never lets go.
const processRegistries = new WeakMap<PromClient, PromClientRegistry>();

/**
 * prom-client's metrics of the process. They are in a registry of their own: in the application's, `PrometheusModule` or
 * the application could not define them any more.
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
