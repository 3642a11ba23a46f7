import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { METRICS_PATH } from './endpoint.js';
import { MetricsListener } from '../exporters/prometheus/metrics-listener.js';
import {
  ensureDefaultMetrics,
  loadPromClient,
} from '../exporters/prometheus/prom-client-registry.js';
import { HandlerExplorer } from '../instrumentation/handler-explorer.js';
import { INSTRUMENTATION, Instrumentation } from '../instrumentation/instrumentation.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import type { ObservabilityModuleExtras } from './observability-options.js';
import { ObservabilityRuntime } from './observability-runtime.js';

/** Token of the options that shape the module. */
export const EXTRAS = Symbol('eventcore.extras');

const SAMPLE_PERIOD_MS = 1_000;

/** Starts and ends what one application records with, in step with Nest. */
@Injectable()
export class ObservabilityLifecycle
  implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown
{
  readonly #runtime: ObservabilityRuntime;
  readonly #instrumentation: Instrumentation;
  readonly #explorer: HandlerExplorer;
  readonly #extras: ObservabilityModuleExtras;
  #sampling: NodeJS.Timeout | undefined;
  #listener: MetricsListener | undefined;

  constructor(
    @Inject(ObservabilityRuntime) runtime: ObservabilityRuntime,
    @Inject(INSTRUMENTATION) instrumentation: Instrumentation,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(EXTRAS) extras: ObservabilityModuleExtras,
  ) {
    this.#runtime = runtime;
    this.#instrumentation = instrumentation;
    this.#extras = extras;
    this.#explorer = new HandlerExplorer(modules, instrumentation);
    if (runtime.enabled) this.#observe();
  }

  /** {@inheritDoc OnModuleInit.onModuleInit} */
  async onModuleInit(): Promise<void> {
    if (!this.#runtime.enabled) return;
    this.#explorer.adoptInstances();
    this.#instrumentation.inventory.assertUniqueNames();
    this.#runtime.node.start();
    this.#sampling = setInterval(() => this.#runtime.errors.sample(), SAMPLE_PERIOD_MS).unref();
    await this.#includePromClient();
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} */
  async onApplicationBootstrap(): Promise<void> {
    this.#runtime.started = true;
    const { prometheus = {} } = this.#extras;
    if (!this.#runtime.enabled || prometheus === false || prometheus.port === undefined) return;
    const { port, host, path = METRICS_PATH } = prometheus;
    this.#listener = new MetricsListener(this.#runtime.exporter, { port, host, path });
    await this.#listener.open();
    new Logger('Observability').log(`metrics on port ${this.#listener.port}${path}`);
  }

  /** {@inheritDoc OnApplicationShutdown.onApplicationShutdown} */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#sampling);
    this.#runtime.node.stop();
    this.#instrumentation.release();
    await this.#listener?.close();
  }

  /** The port of the metrics endpoint, when it has one of its own. */
  get metricsPort(): number | undefined {
    return this.#listener?.port;
  }

  /** Classes are known before their instances are made: handlers are observed from their first call on. */
  #observe(): void {
    const { observer, classifier, clock, faults, options } = this.#runtime;
    this.#instrumentation.connect({
      observer,
      context: { classifier, clock, faults },
      handlerLabels: options.handlerLabels ?? {},
    });
    this.#explorer.registerClasses();
    this.#instrumentation.inventory.assertUniqueNames();
  }

  async #includePromClient(): Promise<void> {
    const { prometheus = {} } = this.#extras;
    const client = prometheus === false ? undefined : await loadPromClient();
    if (prometheus === false || client === undefined) return;
    if (prometheus.defaultMetrics !== false) ensureDefaultMetrics(client);
    assertNoDuplicates(this.#runtime, client.register.getMetricsAsArray());
    this.#runtime.exporter.include(client.register);
  }
}

function assertNoDuplicates(
  { registry }: ObservabilityRuntime,
  foreign: readonly { readonly name: string }[],
): void {
  const duplicates = foreign.filter(({ name }) => registry.get(name) !== undefined);
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
