import { HttpException, Logger } from '@nestjs/common';
import { PrometheusExporter } from '../exporters/prometheus/prometheus.exporter.js';
import { NodeRuntimeMetrics } from '../integrations/node-runtime/node-runtime-metrics.js';
import { systemClock } from '../kernel/clock.js';
import type { Clock } from '../kernel/clock.js';
import { ErrorClassifier } from '../kernel/error-classifier.js';
import { Faults } from '../kernel/faults.js';
import { type HandlerKind, type Observer, fanOut } from '../kernel/observer.js';
import { CommandMetrics } from '../metrics/command-metrics.js';
import { ErrorMetrics } from '../metrics/error-metrics.js';
import { EventStoreMetrics } from '../metrics/event-store-metrics.js';
import { ProjectionMetrics } from '../metrics/projection-metrics.js';
import { QueryMetrics } from '../metrics/query-metrics.js';
import { MetricRegistry } from '../metrics/registry.js';
import { SelfMetrics } from '../metrics/self-metrics.js';
import { libraryVersion } from './library-version.js';
import type { ObservabilityOptions } from './observability-options.js';

const DEFAULT_SERIES_LIMIT = 1000;
const DEFAULT_NAMESPACE = 'eventcore';

/** Everything one application records with; nothing in it is shared with another application. */
export class ObservabilityRuntime {
  readonly options: ObservabilityOptions;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly classifier: ErrorClassifier;
  readonly registry: MetricRegistry;
  readonly commands: CommandMetrics;
  readonly queries: QueryMetrics;
  readonly projections: ProjectionMetrics;
  readonly eventStore: EventStoreMetrics;
  readonly errors: ErrorMetrics;
  readonly node: NodeRuntimeMetrics;
  readonly exporter: PrometheusExporter;
  readonly observer: Observer;
  /** Whether the application has finished starting. */
  started = false;

  constructor(options: ObservabilityOptions) {
    const { clock = systemClock, namespace = DEFAULT_NAMESPACE, handlerLabels = {} } = options;
    const naming = { namespace, handlerLabels: Object.keys(handlerLabels) };
    const logger = new Logger('Observability');
    this.options = options;
    this.clock = clock;
    this.faults = new Faults(clock);
    this.classifier = new ErrorClassifier(options, isHttpRejection, this.faults);
    const folded = new Set<string>();
    this.registry = new MetricRegistry({
      clock,
      faults: this.faults,
      seriesLimit: options.cardinality?.seriesLimit ?? DEFAULT_SERIES_LIMIT,
      onFold: (metric) => {
        self.folded(metric);
        if (!folded.has(metric)) logger.warn(foldWarning(metric));
        folded.add(metric);
      },
    });
    const self = new SelfMetrics(this.registry, naming, {
      version: libraryVersion,
      node_version: process.version,
    });
    this.faults.connect({
      count: (component) => self.fault(component),
      log: (message) => logger.warn(message),
    });
    this.errors = new ErrorMetrics(this.registry, clock, naming);
    this.commands = new CommandMetrics(this.registry, this.errors, naming);
    this.queries = new QueryMetrics(this.registry, this.errors, naming);
    this.projections = new ProjectionMetrics(this.registry, this.errors, naming);
    this.eventStore = new EventStoreMetrics(this.registry, this.errors, naming);
    this.node = new NodeRuntimeMetrics(this.registry, clock, naming);
    this.observer = fanOut([this.#metricsObserver()], this.faults);
    this.exporter = new PrometheusExporter({
      registry: this.registry,
      self,
      clock,
      faults: this.faults,
      globalLabels: globalLabels(options),
    });
  }

  /** Whether anything is recorded. */
  get enabled(): boolean {
    return this.options.enabled !== false;
  }

  #metricsObserver(): Observer {
    const byKind: Record<HandlerKind, Observer> = {
      command: this.commands,
      query: this.queries,
      projection: this.projections,
    };
    return { bind: (handler) => byKind[handler.kind].bind(handler) };
  }
}

function globalLabels({
  serviceName,
  environment,
  labels,
}: ObservabilityOptions): Record<string, string> {
  return {
    ...labels,
    ...(serviceName !== undefined && { service: serviceName }),
    ...(environment !== undefined && { environment }),
  };
}

function isHttpRejection(error: unknown): boolean {
  return error instanceof HttpException && error.getStatus() < 500;
}

function foldWarning(metric: string): string {
  return `${metric} has reached its series limit: further label sets are recorded as __other__. Use labels with fewer values, or raise cardinality.seriesLimit.`;
}
