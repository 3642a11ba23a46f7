import { AggregateReading } from './poll-round.js';
import { MetricExports } from '../exporters/port/metric-exports.js';
import { MetricsListener } from '../exporters/prometheus/http/metrics-listener.js';
import { PrometheusExporter } from '../exporters/prometheus/prometheus.exporter.js';
import { systemClock } from '../kernel/clock.js';
import { Faults } from '../kernel/faults.js';
import { libraryVersion } from '../kernel/library.js';
import { clusterMetrics } from '../metrics/catalogue/cluster.js';
import { OWN_NAMESPACE } from '../metrics/catalogue/catalogue-metric.js';
import { registerCatalogue } from '../metrics/recorders/catalogue-instruments.js';
import { SelfMetrics } from '../metrics/recorders/self-metrics.js';
import { MetricRegistry } from '../metrics/registry.js';
import type { RegistrySnapshot } from '../metrics/snapshot/snapshot.js';
import { AggregationHub } from './aggregation-hub.js';
import { type AggregatorOptions, assertAggregatorOptions } from './aggregator-options.js';
import type { MemberHub } from './member-link.js';

const TIMEOUT_MS = 2_000;
const REFRESH_MS = 10_000;

const SERIES_LIMIT = 1_000;
const METRICS_PATH = '/metrics';

/** Address of the aggregated endpoint. */
export interface AggregateAddress {
  /** TCP port, 0 to 65535; 0 selects a free port. */
  readonly port: number;
  /** Bind address. @defaultValue all interfaces */
  readonly host?: string;
  /** Path of the endpoint. @defaultValue '/metrics' */
  readonly path?: string;
}

/**
 * Aggregates the metrics of all workers of `node:cluster`, or of all threads. It answers the scrapes of all members,
 * and serves its own endpoint after `listen()`.
 */
export class MetricsAggregator {
  readonly #members: AggregationHub;
  readonly #exporter: PrometheusExporter;
  readonly #exports: MetricExports;
  readonly #refreshing: NodeJS.Timeout;
  readonly #listeners: MetricsListener[] = [];

  /** @internal */
  constructor(hubs: readonly MemberHub[], options: AggregatorOptions, threads: boolean) {
    assertAggregatorOptions(threads ? 'aggregateThreads' : 'aggregateCluster', options);
    const { namespace = OWN_NAMESPACE, timeoutMs = TIMEOUT_MS, refreshMs = REFRESH_MS } = options;
    const clock = systemClock;
    const faults = new Faults(clock);
    const registry = new MetricRegistry({
      clock,
      faults,
      seriesLimit: SERIES_LIMIT,
      onFold: (metric) => self.folded(metric),
    });
    const self = new SelfMetrics(
      registry,
      { namespace },
      {
        versions: { version: libraryVersion, node_version: process.version },
        warn: options.warn ?? ((message) => process.emitWarning(message)),
      },
    );
    faults.connect(self);
    self.expectFaults('cluster');
    const instruments = registerCatalogue(registry, clusterMetrics, { namespace });
    const own = { registry, clock, faults, instruments };
    this.#members = new AggregationHub(own, { timeoutMs, threads });
    const page = { registry, self, clock, faults, globalLabels: globalLabels(options) };
    this.#exporter = new PrometheusExporter(page);
    const { exemplars = true, created = false } = options;
    this.#exporter.configure({ exemplars, created });
    this.#exporter.gatherBy(() => this.#members.gather());
    const snapshot = () => this.snapshot();
    const exporting = { ...own, namespace, self, options, snapshot };
    this.#exports = new MetricExports({ ...exporting, startedAtMs: clock.wallMs() });
    this.#refreshing = setInterval(() => void this.#members.refresh(refreshMs), refreshMs).unref();
    this.#members.open(hubs);
    void this.#openExports(faults);
  }

  /** Returns the current metrics of all members. A member that does not answer in time contributes its last report. */
  async snapshot(): Promise<RegistrySnapshot> {
    const { snapshot }: AggregateReading = await this.#members.gather();
    return snapshot;
  }

  /** Renders the metrics of all members, including those of prom-client, in the text format 0.0.4. */
  render(): Promise<string> {
    return this.#exporter.render();
  }

  /**
   * Serves the metrics of all members on a separate port, like `/metrics` of an application. The endpoint does not keep
   * the process alive.
   *
   * @returns The bound port.
   * @throws ConfigurationError `OBS_ENDPOINT_TAKEN` when the port cannot be bound.
   */
  async listen({ port, host, path = METRICS_PATH }: AggregateAddress): Promise<number> {
    const listener = new MetricsListener(this.#exporter, { port, host, path });
    await listener.open();
    this.#listeners.push(listener);
    return listener.port ?? port;
  }

  async #openExports(faults: Faults): Promise<void> {
    try {
      await this.#exports.init();
      this.#exports.started();
    } catch (error) {
      faults.report('cluster', error);
    }
  }

  /** Closes the endpoint and stops the aggregation. Later scrapes of members are answered with 503. */
  async close(): Promise<void> {
    clearInterval(this.#refreshing);
    await this.#exports.stop();
    this.#members.close();
    await Promise.all(this.#listeners.splice(0).map((it) => it.close()));
  }
}

function globalLabels({ serviceName, environment, labels }: AggregatorOptions) {
  return {
    ...labels,
    ...(serviceName !== undefined && { service: serviceName }),
    ...(environment !== undefined && { environment }),
  };
}
