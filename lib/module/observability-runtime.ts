import { Logger } from '@nestjs/common';
import { PrometheusExporter } from '../exporters/prometheus/prometheus.exporter.js';
import { ExcludedEndpoints, HttpRequests } from '../http/http-requests.js';
import { OpenRequests } from '../http/open-requests.js';
import { isNestRejection } from '../instrumentation/nest-rejection.js';
import type { StoreReporting } from '../instrumentation/event-store/store-operation.js';
import { EventStoreInstrumentation } from '../integrations/event-store/event-store-instrumentation.js';
import { EventLoopDelay } from '../integrations/node-runtime/event-loop-delay.js';
import { NodeRuntimeMetrics } from '../integrations/node-runtime/node-runtime-metrics.js';
import type { TracingObserver } from '../kernel/call-tracer.js';
import { type Clock, systemClock } from '../kernel/clock.js';
import { type ApplicationTime, systemTime, type Timers } from '../kernel/timers.js';
import { ErrorClassifier } from '../kernel/errors/error-classification.js';
import { type Faults, observedClock } from '../kernel/faults.js';
import { fanOut, type Observer } from '../kernel/observer.js';
import type { CatalogueNaming } from '../metrics/recorders/catalogue-instruments.js';
import { ErrorMetrics } from '../metrics/recorders/error-metrics.js';
import { EventStoreMetrics } from '../metrics/recorders/event-store-metrics.js';
import { HandlerMetrics } from '../metrics/recorders/handler-metrics.js';
import { HealthMetrics, type SelfMetrics } from '../metrics/recorders/self-metrics.js';
import type { MetricRegistry } from '../metrics/registry.js';
import { Projections } from '../projections/projections.js';
import { ObservedResources } from '../resources/observed-resources.js';
import { Drain } from '../shutdown/drain.js';
import { findTelemetry } from '../tracing/start-up/telemetry-slot.js';
import { applicationRegistry } from './recording/application-registry.js';
import { connectSelfMetrics } from './recording/self-recording.js';
import { globalLabels } from './endpoints/metrics-endpoint.js';
import type { EndpointDiagnosis } from './diagnosis/diagnosis.js';
import { type DebugLog, debugLogOf } from './diagnosis/debug-log.js';
import { Instrumentation } from '../instrumentation/instrumentation.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import { orderedPlugins } from '../plugins/plugin-list.js';
import type { TelemetryReport } from '../tracing/start-up/telemetry-report.js';
import type { HealthOptions } from '../health/health-options.js';
import type {
  ObservabilityModuleExtras,
  ObservabilityOptions,
} from './options/observability-options.js';
import { OWN_NAMESPACE } from '../metrics/catalogue/catalogue-metric.js';
import type { WorkIntegration } from './observed-work/work-deps.js';
import { loadTracing } from '../tracing/wiring/load-tracing.js';
import { Jobs } from '../jobs/jobs.js';
import { kindsWith } from '../kinds/handler-kinds.js';
import { projectionKind } from '../kinds/projection.decorator.js';

const DEFAULT_PERIOD_MS = 5_000;
const DEFAULT_TIMEOUT_MS = 3_000;

/** Parts that an application has once: its handlers and its time. */
export interface RuntimeParts {
  readonly instrumentation?: Instrumentation;
  readonly time?: ApplicationTime;
}

/** Recording components of one application, shared with no other application. */
export class ObservabilityRuntime {
  readonly options: ObservabilityOptions;
  readonly clock: Clock;
  /** Timers of what runs in the background. */
  readonly timers: Timers;
  readonly random: () => number;
  /** Start of counting: Unix time in milliseconds. */
  readonly startedAtMs: number;
  readonly faults: Faults;
  readonly debug: DebugLog | undefined;
  readonly classifier: ErrorClassifier;
  readonly registry: MetricRegistry;
  readonly errors: ErrorMetrics;
  readonly handlers: HandlerMetrics;
  readonly projections: Projections;
  readonly jobs: Jobs;
  readonly eventStore: EventStoreMetrics;
  readonly loopDelay = new EventLoopDelay();
  readonly eventStores: EventStoreInstrumentation;
  readonly node: NodeRuntimeMetrics;
  readonly resources: ObservedResources;
  /** Request measurement; `undefined` when HTTP metrics are off. */
  readonly http: HttpRequests | undefined;
  readonly openRequests: OpenRequests;
  readonly observer: Observer;
  readonly exporter: PrometheusExporter;
  readonly self: SelfMetrics;
  readonly health: HealthMetrics;
  /** Tracing observer; `undefined` when tracing is off or unavailable. */
  tracing: TracingObserver | undefined;
  started = false;
  /** True if the health endpoints are missing because Terminus is not installed. */
  lacksTerminus = false;
  readonly extras: ObservabilityModuleExtras;
  readonly instrumentation: Instrumentation;
  /** Spans, and the plugins that follow calls. */
  following: TracingObserver | undefined;
  /** Integrations of the packages whose work the application does. */
  works: readonly WorkIntegration[] = [];
  /** Settings of a configuration file without an effect. */
  fileHints: readonly string[] = [];
  /** Plugins of the application, each after those it requires. */
  readonly plugins: readonly ObservabilityPlugin[];
  /** Process telemetry, if `startTelemetry()` has started it. */
  telemetry: TelemetryReport | undefined;
  /** Functions that export now what has been recorded. */
  readonly flushes = new Set<() => Promise<void>>();
  readonly drain: Drain;
  /** Paths of the library's endpoints, with the global prefix. */
  readonly endpointPaths = new ExcludedEndpoints([]);
  /** Endpoints of the library for `diagnose()`. */
  readonly endpoints: EndpointDiagnosis[] = [];

  constructor(
    options: ObservabilityOptions,
    extras: ObservabilityModuleExtras = {},
    { instrumentation = new Instrumentation(), time = systemTime }: RuntimeParts = {},
  ) {
    const { namespace = OWN_NAMESPACE, handlerLabels = {} } = options;
    const { clock, faults } = observedClock(time.clock ?? options.clock);
    const naming = { namespace, handlerLabels: Object.keys(handlerLabels) };
    this.options = options;
    this.extras = extras;
    this.instrumentation = instrumentation;
    this.plugins = orderedPlugins(extras.plugins);
    this.clock = clock;
    this.timers = time.timers;
    this.random = () => time.random();
    this.startedAtMs = clock.wallMs();
    this.faults = faults;
    this.openRequests = new OpenRequests((fault) => faults.report('http', fault));
    this.debug = debugLogOf(options, clock);
    this.classifier = new ErrorClassifier(options, isNestRejection, this.faults);
    this.registry = applicationRegistry(this);
    this.errors = new ErrorMetrics(this.registry, clock, naming);
    this.handlers = this.#makeHandlers(naming);
    this.projections = this.#makeProjections(naming);
    this.eventStore = new EventStoreMetrics(this.registry, this.errors, naming);
    const reporting = () => (this.enabled ? this.storeReporting : undefined);
    const storeDeps = { reporting, metrics: this.eventStore, faults, timers: this.timers };
    this.eventStores = new EventStoreInstrumentation(storeDeps);
    this.resources = new ObservedResources(this, naming);
    // Process metrics use the system clock, whatever clock the application has.
    const process = { clock: systemClock, delay: this.loopDelay, faults };
    this.node = new NodeRuntimeMetrics(this.registry, process, naming);
    this.http = this.#makeHttp(naming);
    this.observer = fanOut([this.handlers], this.faults);
    this.health = new HealthMetrics(this.registry, naming);
    this.self = connectSelfMetrics(this, naming);
    this.jobs = this.#makeJobs(naming);
    this.exporter = this.#makeExporter();
    this.drain = this.#makeDrain();
  }

  /** Creates a runtime after loading its dependencies. */
  static async load(
    options: ObservabilityOptions,
    extras: ObservabilityModuleExtras,
    parts: RuntimeParts,
  ): Promise<ObservabilityRuntime> {
    const runtime = new ObservabilityRuntime(options, extras, parts);
    const { clock, faults, projections } = runtime;
    const { tracing = {} } = options;
    if (!runtime.enabled || tracing === false) return runtime;
    const progressOf = (name: string) => projections.readerOf(name);
    const deps = { clock, faults, progressOf };
    runtime.tracing = await loadTracing({ ...deps, options: tracing });
    return runtime;
  }

  /** Dependencies of event store operations. */
  get storeReporting(): StoreReporting {
    const { eventStore: observer, classifier, clock, faults, following = this.tracing } = this;
    return { observer, context: { classifier, clock, faults }, tracing: following };
  }

  /** Options of the health endpoints. */
  get healthOptions(): HealthOptions {
    const { health = {} } = this.extras;
    return health === false ? {} : health;
  }

  /** First word of the catalogue names. */
  get namespace(): string {
    return this.options.namespace ?? OWN_NAMESPACE;
  }

  /** True once the application has begun to shut down. */
  get stopping(): boolean {
    return this.drain.phase !== 'serving';
  }

  /** False if recording is disabled. */
  get enabled(): boolean {
    return this.options.enabled !== false;
  }

  #makeHandlers(naming: CatalogueNaming): HandlerMetrics {
    const { registry, errors, plugins, clock } = this;
    return new HandlerMetrics({ registry, errors, naming, clock }, kindsWith(plugins));
  }

  #makeHttp({ namespace }: CatalogueNaming): HttpRequests | undefined {
    const { http = {} } = this.options;
    if (http === false) return undefined;
    const { registry, clock, faults } = this;
    return new HttpRequests({ ...http, registry, clock, faults, namespace });
  }

  #makeDrain(): Drain {
    const { drain: options = {} } = this.options;
    const logger = new Logger('Observability');
    const [log, warn] = [logger.log.bind(logger), logger.warn.bind(logger)];
    const flush = async () => (await findTelemetry())?.flush();
    const drain = new Drain({ options, wasReady: () => this.started, flush, log, warn });
    drain.onPhase((phase) => {
      if (phase !== 'leaving') this.exporter.delivery.hurry();
    });
    for (const kind of this.handlers.kinds) {
      drain.works.add({ name: kind.drain, count: () => this.handlers.executing(kind) });
    }
    return drain;
  }

  #makeProjections(naming: CatalogueNaming): Projections {
    const { periodMs = DEFAULT_PERIOD_MS, timeoutMs = DEFAULT_TIMEOUT_MS } =
      this.options.projections ?? {};
    const { registry, clock, faults, timers, random, enabled } = this;
    const metrics = this.handlers.of(projectionKind);
    const deps = { registry, naming, metrics, clock, faults, timers, random };
    const projections = new Projections({ ...deps, enabled, periodMs, timeoutMs });
    // Projections record the progress of the handlers and forward observations to the metrics.
    this.handlers.route(projectionKind, projections);
    return projections;
  }

  #makeJobs(naming: CatalogueNaming): Jobs {
    const { registry, clock, faults, timers, random, handlers, instrumentation } = this;
    const { jobs: options = {} } = this.options;
    const deps = { registry, naming, clock, faults, timers, random, handlers, instrumentation };
    return new Jobs({ ...deps, options: options || {} });
  }

  #makeExporter(): PrometheusExporter {
    return new PrometheusExporter({
      registry: this.registry,
      self: this.self,
      clock: this.clock,
      faults: this.faults,
      globalLabels: globalLabels(this.options),
    });
  }
}
