import { DialectMetrics } from '../exporters/prometheus/dialects/dialect-metrics.js';
import type { PromClientMirror } from '../exporters/prometheus/prom-client/prom-client-mirror.js';
import {
  answerPrimary,
  foreignMetrics,
  loadPromClient,
  processMetrics,
  type PromClient,
  PromClientSource,
} from '../exporters/prometheus/prom-client/prom-client-registry.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import { isLoaded } from '../kernel/optional-peer.js';
import { exposedNames } from '../metrics/definition/metric-definition.js';
import { missingPeer } from './installed-peer.js';
import type { PrometheusOptions } from './options/prometheus-options.js';
import type { ObservabilityRuntime } from './observability-runtime.js';

const PROM_CLIENT = 'prom-client';

/** The metrics of prom-client that the endpoint of one application shows beside its own. */
export class PromClientBridge {
  readonly #runtime: ObservabilityRuntime;
  readonly #options: PrometheusOptions;
  #mirror: PromClientMirror | undefined;
  #loading: Promise<PromClient | undefined> | undefined;
  #source: PromClientSource | undefined;
  #soon: NodeJS.Immediate | undefined;

  constructor(runtime: ObservabilityRuntime, options: PrometheusOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /**
   * Finds what is wrong, which stops the start. An application that has not loaded prom-client by now has no metrics in
   * it: unless options ask for the package, it is loaded when the application has started.
   *
   * @throws ConfigurationError `OBS_METRIC_DUPLICATE`, `OBS_PEER_MISSING`
   */
  async open(): Promise<void> {
    const { register = false, defaultMetrics } = this.#options;
    this.#configure();
    const isAskedFor = register || defaultMetrics === true;
    if (isAskedFor || isLoaded(PROM_CLIENT)) await this.#load();
    this.#runtime.exporter.include({ read: async () => (await this.#open())?.read() ?? [] });
  }

  /** Opens what nobody has read so far: metrics of the process begin with it. */
  start(): void {
    // Each scrape hears of what is wrong with it.
    this.#soon = setImmediate(() => void this.#open().catch(() => undefined)).unref();
  }

  /** Takes the mirror down; what is loading is there before the application has ended. */
  async close(): Promise<void> {
    clearImmediate(this.#soon);
    this.#mirror?.close();
    await this.#loading?.catch(() => undefined);
  }

  #configure(): void {
    const { exemplars = true, created = false, dialects = [] } = this.#options;
    const { exporter, namespace } = this.#runtime;
    exporter.configure({ exemplars, created });
    if (dialects.length > 0) exporter.derive(new DialectMetrics({ dialects, namespace }));
  }

  async #open(): Promise<PromClientSource | undefined> {
    const client = await this.#load();
    if (client === undefined) return undefined;
    const { defaultMetrics = true } = this.#options;
    const ofProcess = () => (defaultMetrics ? [processMetrics(client)] : []);
    return (this.#source ??= new PromClientSource([client.register, ...ofProcess()]));
  }

  #load(): Promise<PromClient | undefined> {
    if (this.#loading === undefined) {
      this.#loading = this.#include();
      // Whoever awaits it hears of it: the start, or each scrape.
      this.#loading.catch(() => undefined);
    }
    return this.#loading;
  }

  async #include(): Promise<PromClient | undefined> {
    const { register = false } = this.#options;
    const client = await loadPromClient();
    if (client === undefined) {
      if (register) throw missingPeer('prometheus.register', true, PROM_CLIENT);
      if (this.#options.defaultMetrics !== true) return undefined;
      throw missingPeer('prometheus.defaultMetrics', true, PROM_CLIENT);
    }
    if (!this.#runtime.started) assertNoDuplicates(this.#runtime, client, register);
    if (register) {
      this.#mirror = this.#runtime.exporter.mirrorTo(client.register);
      await answerPrimary(client);
    }
    return client;
  }
}

function assertNoDuplicates(
  { registry }: ObservabilityRuntime,
  client: PromClient,
  mirrored: boolean,
): void {
  const there = mirrored ? client.register.getMetricsAsArray() : foreignMetrics(client.register);
  const ours = registry.exposedNames();
  const duplicates = there.filter((it) => exposedNames(it).some((name) => ours.has(name)));
  if (duplicates.length === 0) return;
  throw new ConfigurationError(
    'OBS_METRIC_DUPLICATE',
    ...duplicates.map(({ name }) => ({
      subject: 'metric name',
      value: name,
      rule: 'a name belongs to one registry, or the scrape would hold it twice',
      remedy: 'Rename the prom-client metric, or change the option namespace.',
    })),
  );
}
