import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { PromClientBridge } from '../exporters/prometheus/prom-client/prom-client-bridge.js';
import { markExecutors } from '../health/terminus/terminus-executors.js';
import { RequestObservation } from '../http/request-observation.js';
import type { Capability } from '../kernel/capability.js';
import { MessageDrain } from '../shutdown/message-drain.js';
import { RequestDrain } from '../shutdown/request-drain.js';
import { ApiCopiesCheck } from '../tracing/wiring/api-copies-check.js';
import {
  clusterMembership,
  metricExports,
  pluginCapabilities,
  processMetrics,
  projectionProgress,
  resourceDiscovery,
  streamCounting,
} from './capabilities.js';
import { ContextInjection } from './context-injection.js';
import { assertImportedOnce, LibraryCopiesCheck } from './library-copies.js';
import { HandlerObservation } from './handler-observation.js';
import { jobKind } from '../kinds/job.decorator.js';
import { LazyModules } from '../instrumentation/binding/lazy-modules.js';
import { EndpointRoutes } from './endpoints/endpoint-routes.js';
import { SeparatePorts } from './endpoints/separate-ports.js';
import { healthCapability } from './endpoints/health-endpoints.module.js';
import { ObservabilityRuntime } from './observability-runtime.js';
import type { WorkDeps } from './observed-work/work-deps.js';
import { workIntegrations } from './observed-work/work-integrations.js';
import { ProcessTelemetry } from './process-telemetry.js';

/**
 * Starts and stops one application's observability in step with Nest. The lists in this file are the one place that says
 * in which order: hooks run from the first capability to the last, `stop` from the last to the first.
 */
@Injectable()
export class Lifecycle implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  /** Measures HTTP requests. It hooks into the adapter when Nest creates it, before any middleware. */
  readonly requests: RequestObservation;
  /** Routes of the library's endpoints. */
  readonly routes: EndpointRoutes;
  readonly #runtime: ObservabilityRuntime;
  readonly #modules: ModulesContainer;
  readonly #host: HttpAdapterHost;
  readonly #moduleRef: ModuleRef;
  readonly #capabilities: readonly Capability[];
  readonly #ports: SeparatePorts;
  readonly #lazyModules: LazyModules;
  #isStopped = false;

  constructor(
    @Inject(ObservabilityRuntime) runtime: ObservabilityRuntime,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(ModuleRef) moduleRef: ModuleRef,
  ) {
    assertImportedOnce(modules);
    this.#runtime = runtime;
    this.#modules = modules;
    this.#host = host;
    this.#moduleRef = moduleRef;
    this.requests = new RequestObservation(runtime, host);
    const serve = (path: string) => this.requests.serve(path);
    this.routes = new EndpointRoutes({ host, endpoints: runtime.endpoints, serve, warn });
    this.#ports = new SeparatePorts(runtime, { moduleRef, log });
    this.#lazyModules = new LazyModules({ modules, moduleRef, faults: runtime.faults });
    this.#capabilities = [...this.#always(), ...(runtime.enabled ? this.#recording() : [])];
    runtime.self.expectFaults(...this.#capabilities.map(({ name }) => name));
  }

  /** Runs before the first hook of any module, while Nest configures middleware. */
  configure(): void {
    for (const it of this.#capabilities) it.configure?.();
  }

  /** {@inheritDoc OnModuleInit.onModuleInit} A failed start stops all started capabilities. */
  async onModuleInit(): Promise<void> {
    if (this.#isStopped) this.#runtime.drain.reopen();
    this.#isStopped = false;
    try {
      for (const it of this.#capabilities) await it.init?.();
    } catch (error) {
      await this.#stop();
      throw error;
    }
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} */
  async onApplicationBootstrap(): Promise<void> {
    for (const it of this.#capabilities) await it.bootstrap?.();
  }

  /** Runs after the last bootstrap hook of the application. */
  started(): void {
    // Nest may shut down during a start.
    if (this.#runtime.stopping) return;
    this.#runtime.started = true;
    for (const it of this.#capabilities) it.started?.();
  }

  /**
   * Ends the work of the application before Nest destroys anything, or waits for the running drain.
   * Readiness ends, `drain` hooks close streams and refuse new work, in-flight work finishes, tasks
   * of `onDrained` run, and spans are exported.
   */
  drain(): Promise<void> {
    markExecutors(this.#modules.values());
    return this.#runtime.drain.run();
  }

  /** {@inheritDoc OnApplicationShutdown.onApplicationShutdown} */
  onApplicationShutdown(): Promise<void> {
    return this.#stop();
  }

  /** False if recording is disabled. */
  get enabled(): boolean {
    return this.#runtime.enabled;
  }

  /** Port of the metrics endpoint, if it has its own. */
  get metricsPort(): number | undefined {
    return this.#ports.portOf('metrics');
  }

  /** Port of the health endpoints, if they have their own. */
  get healthPort(): number | undefined {
    return this.#ports.portOf('health');
  }

  /** Stops sequentially, so that the last export contains values released by earlier capabilities. */
  async #stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const it of this.#capabilities.toReversed()) {
      try {
        await it.stop?.();
      } catch (error) {
        this.#runtime.faults.report(it.name, error);
      }
    }
  }

  /** Returns the capabilities for health and drain, which also work when recording is disabled. */
  #always(): Capability[] {
    const { loopDelay, drain, openRequests, endpointPaths } = this.#runtime;
    const modules = this.#modules;
    const lazyModules = this.#lazyModules;
    const nest = { modules, host: this.#host, moduleRef: this.#moduleRef, lazyModules };
    const end = () => this.drain();
    return [
      {
        name: 'event_loop',
        init: () => loopDelay.start(),
        stop: () => loopDelay.stop(),
      },
      healthCapability(this.#runtime, nest),
      this.requests,
      this.routes,
      this.#ports,
      new RequestDrain({ drain, openRequests, endpointPaths, ...nest, end, warn }),
      new MessageDrain({ drain, modules }),
    ];
  }

  #recording(): Capability[] {
    const runtime = this.#runtime;
    const { extras, instrumentation, faults } = runtime;
    const { prometheus = {} } = extras;
    const handlers = this.#handlers();
    const [followers, plugins] = pluginCapabilities(runtime, this.#lazyModules);
    runtime.registry.onCollectFirst(() => {
      instrumentation.prepare();
      runtime.resources.discoverPools();
    });
    return [
      // They stop last: lines about the end of everything else are written.
      ...followers,
      new LibraryCopiesCheck(warn),
      new ProcessTelemetry(runtime),
      ...(prometheus === false ? [] : [new PromClientBridge(runtime, prometheus)]),
      ...(runtime.tracing === undefined ? [] : [new ApiCopiesCheck({ faults, warn })]),
      handlers,
      ...workIntegrations(runtime.works, this.#workDeps()),
      this.#lazyModules,
      resourceDiscovery(runtime, this.#modules, this.#lazyModules),
      streamCounting(runtime),
      projectionProgress(runtime, this.#lazyModules),
      processMetrics(runtime),
      new ContextInjection(runtime, {
        modules: this.#modules,
        config: this.#moduleRef.get(ApplicationConfig, { strict: false }),
        host: this.#host,
      }),
      ...plugins,
      ...clusterMembership(runtime),
      metricExports(runtime, this.#lazyModules, warn),
    ];
  }

  #workDeps(): WorkDeps {
    const { namespace } = this.#runtime;
    const config = this.#moduleRef.get(ApplicationConfig, { strict: false });
    const server = (): unknown => this.#host.httpAdapter?.getHttpServer?.();
    return { ...this.#runtime, namespace, config, container: this.#modules, server };
  }

  #handlers(): HandlerObservation {
    const { options, instrumentation, observer, following, eventStore, handlers } = this.#runtime;
    const { jobs, classifier, clock, faults } = this.#runtime;
    const { cqrs = {}, handlerLabels = {} } = options;
    return new HandlerObservation({
      instrumentation,
      modules: this.#modules,
      lazyModules: this.#lazyModules,
      kinds: handlers.kinds,
      jobNames: jobs.selection,
      renamed: (kind, name) => (kind === jobKind ? jobs.selection.renamed(name) : name),
      cqrs,
      handlerLabels,
      observer,
      context: { classifier, clock, faults },
      tracing: following,
      eventStore,
      warn,
    });
  }
}

function log(message: string): void {
  new Logger('Observability').log(message);
}

function warn(message: string): void {
  new Logger('Observability').warn(message);
}
