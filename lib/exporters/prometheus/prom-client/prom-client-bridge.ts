import type { PromClientMirror } from './prom-client-mirror.js';
import {
  answerPrimary,
  foreignMetrics,
  loadPromClient,
  processMetrics,
  type PromClient,
  PromClientSource,
} from './prom-client-registry.js';
import { ConfigurationError } from '../../../kernel/configuration-error.js';
import type { Capability } from '../../../kernel/capability.js';
import { isLoaded, missingPeer } from '../../../kernel/peers/optional-peer.js';
import type { MetricRegistry } from '../../../metrics/registry.js';
import type { PrometheusExporter } from '../prometheus.exporter.js';
import { exposedNames } from '../../../metrics/definition/metric-definition.js';

const PROM_CLIENT = 'prom-client';

/** Dependencies of a {@link PromClientBridge}. */
export interface PromClientBridgeDeps {
  readonly exporter: PrometheusExporter;
  readonly registry: MetricRegistry;
  /** True once the application has started. */
  readonly started: boolean;
}

/** Options of the metrics endpoint that concern the page. */
export interface PageOptions {
  readonly defaultMetrics?: boolean;
  readonly exemplars?: boolean;
  readonly created?: boolean;
  readonly register?: boolean;
}

/**
 * Exposes prom-client metrics on the page of one application, and mirrors the application's metrics
 * to prom-client on request.
 */
export class PromClientBridge implements Capability {
  readonly name = 'prometheus';
  readonly #deps: PromClientBridgeDeps;
  readonly #options: PageOptions;
  #mirror: PromClientMirror | undefined;
  #loading: Promise<PromClient | undefined> | undefined;
  #source: PromClientSource | undefined;
  #soon: NodeJS.Immediate | undefined;

  constructor(deps: PromClientBridgeDeps, options: PageOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /**
   * Reports duplicate names and a missing package, which stop the start. An application that has
   * not loaded prom-client by now has no metrics in it. Unless an option needs the package, it is
   * loaded after the start.
   *
   * @throws ConfigurationError `OBS_METRIC_DUPLICATE`, `OBS_PEER_MISSING`
   */
  async init(): Promise<void> {
    const { register = false, defaultMetrics } = this.#options;
    this.#configure();
    const isAskedFor = register || defaultMetrics === true;
    if (isAskedFor || isLoaded(PROM_CLIENT)) await this.#load();
    this.#deps.exporter.include({ read: async () => (await this.#open())?.read() ?? [] });
  }

  /** Starts the default process metrics unless a scrape has already started them. */
  started(): void {
    // Each scrape reports a failure.
    this.#soon = setImmediate(() => void this.#open().catch(() => undefined)).unref();
  }

  /** Removes the mirror and waits for a pending load. */
  async stop(): Promise<void> {
    clearImmediate(this.#soon);
    this.#mirror?.close();
    await this.#loading?.catch(() => undefined);
  }

  #configure(): void {
    const { exemplars = true, created = false } = this.#options;
    this.#deps.exporter.configure({ exemplars, created });
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
      // Each caller that awaits it receives the rejection: the start, or a scrape.
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
    if (!this.#deps.started) assertNoDuplicates(this.#deps, client, register);
    if (register) {
      this.#mirror = this.#deps.exporter.mirrorTo(client.register);
      await answerPrimary(client);
    }
    return client;
  }
}

function assertNoDuplicates(
  { registry }: PromClientBridgeDeps,
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
