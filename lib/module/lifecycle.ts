import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { afterBootstrap } from './after-bootstrap.js';
import type { ClusterMember } from '../cluster/cluster-member.js';
import { joinCluster } from './cluster-membership.js';
import { METRICS_PATH } from './endpoint.js';
import { MetricsListener } from '../exporters/prometheus/http/metrics-listener.js';
import { HandlerExplorer } from '../instrumentation/binding/handler-explorer.js';
import { INSTRUMENTATION, Instrumentation } from '../instrumentation/instrumentation.js';
import { InstanceDiscovery } from '../instrumentation/binding/instance-discovery.js';
import { CqrsIntegration } from '../integrations/cqrs/cqrs-integration.js';
import { messageName } from '../integrations/cqrs/cqrs-role.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import { logStart } from './diagnosis/start-log.js';
import { PromClientBridge } from './prom-client-bridge.js';
import { MetricExports } from './metric-exports.js';
import type { ObservabilityModuleExtras } from './options/observability-options.js';
import { ProcessTelemetry } from './process-telemetry.js';
import { ObservabilityRuntime } from './observability-runtime.js';

/** Token of the options that shape the module. */
export const EXTRAS = Symbol('eventcore.extras');

const SAMPLE_PERIOD_MS = 1_000;
// About as many as take a millisecond.
const PREPARED_AT_ONCE = 25;

/** Starts and ends what one application records with, in step with Nest. */
@Injectable()
export class ObservabilityLifecycle
  implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown
{
  readonly #runtime: ObservabilityRuntime;
  readonly #instrumentation: Instrumentation;
  readonly #modules: ModulesContainer;
  readonly #explorer: HandlerExplorer;
  readonly #extras: ObservabilityModuleExtras;
  #sampling: NodeJS.Timeout | undefined;
  #preparing: NodeJS.Immediate | undefined;
  #listener: MetricsListener | undefined;
  #telemetry: ProcessTelemetry | undefined;
  #cqrs: CqrsIntegration | undefined;
  #promClient: PromClientBridge | undefined;
  #exports: MetricExports | undefined;
  #member: ClusterMember | undefined;

  constructor(
    @Inject(ObservabilityRuntime) runtime: ObservabilityRuntime,
    @Inject(INSTRUMENTATION) instrumentation: Instrumentation,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(EXTRAS) extras: ObservabilityModuleExtras,
  ) {
    this.#runtime = runtime;
    this.#instrumentation = instrumentation;
    this.#modules = modules;
    this.#extras = extras;
    assertImportedOnce(modules);
    runtime.wiring = { instrumentation, extras };
    this.#explorer = new HandlerExplorer(modules, instrumentation);
    if (runtime.enabled) this.#observe();
  }

  /** {@inheritDoc OnModuleInit.onModuleInit} */
  async onModuleInit(): Promise<void> {
    // Health checks are served all the same.
    this.#runtime.loopDelay.start();
    if (!this.#runtime.enabled) return;
    this.#observeCqrs();
    this.#explorer.adoptInstances();
    this.#instrumentation.inventory.assertUniqueNames();
    this.#runtime.node.start();
    this.#sampling = setInterval(() => this.#runtime.errors.sample(), SAMPLE_PERIOD_MS).unref();
    const { prometheus = {} } = this.#extras;
    if (prometheus !== false) this.#promClient = new PromClientBridge(this.#runtime, prometheus);
    await this.#promClient?.open();
    this.#telemetry = await ProcessTelemetry.join(this.#runtime.registry, this.#runtime.self);
    this.#runtime.wiring = {
      instrumentation: this.#instrumentation,
      extras: this.#extras,
      telemetry: this.#telemetry?.telemetry,
    };
    this.#exports = await MetricExports.open(this.#runtime);
    this.#member = await joinCluster(this.#runtime);
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} */
  async onApplicationBootstrap(): Promise<void> {
    const runtime = this.#runtime;
    afterBootstrap(this.#modules, () => {
      runtime.started = true;
      // Not earlier: stores make their tables while the application starts.
      runtime.eventStores.start();
      this.#exports?.start();
      if (runtime.debug !== undefined) logStart(runtime, runtime.debug);
      this.#promClient?.start();
      this.#prepare();
    });
    if (runtime.enabled) runtime.resources.discover(new InstanceDiscovery(this.#modules));
    const { prometheus = {} } = this.#extras;
    if (!runtime.enabled || prometheus === false || prometheus.port === undefined) return;
    const { port, host, path = METRICS_PATH } = prometheus;
    this.#listener = new MetricsListener(runtime.exporter, { port, host, path });
    await this.#listener.open();
    new Logger('Observability').log(`metrics on port ${this.#listener.port}${path}`);
  }

  /** {@inheritDoc OnApplicationShutdown.onApplicationShutdown} */
  async onApplicationShutdown(): Promise<void> {
    // First: the last export has what is released below.
    await this.#exports?.close();
    await this.#member?.leave();
    clearInterval(this.#sampling);
    clearImmediate(this.#preparing);
    this.#runtime.node.stop();
    this.#runtime.openRequests.release();
    this.#runtime.eventStores.release();
    this.#runtime.resources.release();
    this.#cqrs?.release();
    this.#runtime.loopDelay.stop();
    this.#instrumentation.release();
    await this.#promClient?.close();
    await this.#listener?.close();
    await this.#telemetry?.leave();
  }

  /** The port of the metrics endpoint, when it has one of its own. */
  get metricsPort(): number | undefined {
    return this.#listener?.port;
  }

  /** Classes are known before their instances are made: handlers are observed from their first call on. */
  #observe(): void {
    const { observer, classifier, clock, faults, options, tracing, eventStore } = this.#runtime;
    this.#instrumentation.connect({
      observer,
      context: { classifier, clock, faults },
      handlerLabels: options.handlerLabels ?? {},
      tracing,
      knownName: options.cqrs === false ? undefined : messageName,
      eventStore,
    });
    this.#runtime.registry.onCollectFirst(() => {
      this.#instrumentation.prepare();
      this.#runtime.resources.discoverPools();
    });
    this.#explorer.registerClasses();
    this.#instrumentation.inventory.assertUniqueNames();
  }

  /** Not while the application starts, and not all at the first scrape. */
  #prepare(): void {
    this.#preparing = setImmediate(() => {
      if (!this.#instrumentation.prepare(PREPARED_AT_ONCE)) this.#prepare();
    }).unref();
  }

  #observeCqrs(): void {
    const { options, tracing, faults } = this.#runtime;
    const { cqrs = {} } = options;
    if (cqrs === false) return;
    const parts = {
      modules: this.#modules,
      instrumentation: this.#instrumentation,
      tracing,
      faults,
    };
    this.#cqrs = new CqrsIntegration(parts, cqrs);
    this.#cqrs.observe();
  }
}

/** Handlers report to one of the two, and `/metrics` shows the other one or neither. */
function assertImportedOnce(modules: ModulesContainer): void {
  const imported = [...modules.values()].filter(({ providers }) => providers.has(EXTRAS));
  if (imported.length < 2) return;
  throw new ConfigurationError('OBS_MODULE_DUPLICATE', {
    subject: 'ObservabilityModule',
    value: imported.length,
    rule: 'an application imports it with options once',
    remedy: 'Keep the import in the root module, with isGlobal: true if others inject from it.',
  });
}
