import { Inject, Injectable } from '@nestjs/common';
import type {
  EventStoreAdapter,
  EventStoreOptions,
} from '../integrations/event-store/event-store-adapter.js';
import type { MetricDefinition } from '../metrics/definition/metric-definition.js';
import type { Counter } from '../metrics/instruments/counter.js';
import type { Gauge } from '../metrics/instruments/gauge.js';
import type { Histogram } from '../metrics/instruments/histogram.js';
import type { AnyInstrument } from '../metrics/registry.js';
import type { RegistrySnapshot } from '../metrics/snapshot/snapshot.js';
import { ProjectionRecorder } from '../projections/projection-recorder.js';
import type { CircuitBreakerSource } from '../resources/circuit-breakers/circuit-breaker-source.js';
import type { KnownCircuitBreaker } from '../resources/circuit-breakers/known-breakers.js';
import type { Registration } from '../resources/named-sources.js';
import type { KnownPool } from '../resources/pools/known-pools.js';
import type { BackgroundPoolSource, PoolSource } from '../resources/pools/pool-source.js';
import type { Diagnosis, Explanation } from './diagnosis/diagnosis.js';
import { Diagnostics } from './diagnosis/diagnostics.js';
import { ObservabilityRuntime } from './observability-runtime.js';
import { type ManualCall, startCommandByHand, startQueryByHand } from './recording/manual-call.js';
import { ManualEventStoreOperation } from './recording/manual-event-store-operation.js';

/** A metric of the application's own, without the type that the method's name says. */
export type CustomMetric<L extends string> = Omit<MetricDefinition<L>, 'type' | 'otelName'>;

/** Records by hand what no decorator sees, and makes metrics of the application's own. */
@Injectable()
export class ObservabilityService {
  readonly #runtime: ObservabilityRuntime;

  /** @internal */
  constructor(@Inject(ObservabilityRuntime) runtime: ObservabilityRuntime) {
    this.#runtime = runtime;
  }

  /**
   * Begins a command; the metrics are those of a decorated one.
   *
   * @param name - Value of `command_type`: few values, never an id. Longer than 128 characters is cut.
   *
   * @example
   * ```ts
   * import type { ObservabilityService } from '@eventcore/nestjs-observability';
   *
   * export async function imported(observability: ObservabilityService, load: () => Promise<void>) {
   *   const command = observability.startCommand('ImportCatalogue');
   *   try {
   *     await load();
   *     command.succeed();
   *   } catch (error) {
   *     command.fail(error);
   *     throw error;
   *   }
   * }
   * ```
   */
  startCommand(name: string): ManualCall {
    return startCommandByHand(this.#runtime, name);
  }

  /**
   * Begins a query; the metrics are those of a decorated one.
   *
   * @param name - Value of `query_type`.
   */
  startQuery(name: string): ManualCall {
    return startQueryByHand(this.#runtime, name);
  }

  /**
   * Begins an operation on an event store.
   *
   * @param operation - Value of `operation`: what begins with `append` counts events written, everything else events
   * read.
   * @param streamCategory - Part of the stream's name before its separator; never the stream's id.
   */
  startEventStoreOperation(operation: string, streamCategory: string): ManualEventStoreOperation {
    const { enabled, storeReporting } = this.#runtime;
    const reporting = enabled ? storeReporting : undefined;
    return new ManualEventStoreOperation(operation, streamCategory, reporting);
  }

  /**
   * A store that stands for the one given and is observed: operations, events by stream category, conflicts, spans, and
   * the trace context in the metadata of events. A store is observed once, until the application ends.
   *
   * @param store - The event store: an object of whatever class.
   * @param adapter - How it is seen: `emmettAdapter`, `kurrentAdapter`, `ocodaAdapter`, `plainAdapter`, or one of your own.
   * @param options - Categories, trace context, and the number of its streams.
   * @throws ConfigurationError `OBS_EVENT_STORE_ADAPTER`, `OBS_EVENT_STORE_METHOD`
   *
   * @example
   * ```ts
   * import { ObservabilityService } from '@eventcore/nestjs-observability';
   * import { plainAdapter } from '@eventcore/nestjs-observability/event-stores';
   *
   * declare class OrderStore {
   *   append(stream: string, events: unknown[]): Promise<void>;
   *   readStream(stream: string): AsyncIterable<unknown>;
   * }
   *
   * export const orderStore = {
   *   provide: OrderStore,
   *   inject: [ObservabilityService],
   *   useFactory: (observability: ObservabilityService) =>
   *     observability.instrumentEventStore(new OrderStore(), plainAdapter),
   * };
   * ```
   */
  instrumentEventStore<S extends object>(
    store: S,
    adapter: EventStoreAdapter,
    options: EventStoreOptions = {},
  ): S {
    return this.#runtime.eventStores.instrument(store, adapter, options);
  }

  /**
   * What the runner of a projection knows and its handler does not.
   *
   * @param name - Value of `projection_name`.
   */
  projection(name: string): ProjectionRecorder {
    return new ProjectionRecorder(this.#runtime.projections, name);
  }

  /**
   * Publishes the numbers of a connection pool that is no provider, or under a name of its own. They are read with each
   * snapshot; a pool that cannot be read or was closed has no series.
   *
   * @param name - Value of `pool`, 1 to 128 characters: one of few, never an id.
   * @param pool - A pool of a known make, an object or function that tells the numbers, or one that tells them later.
   * @throws ConfigurationError `OBS_SOURCE_INVALID`, `OBS_SOURCE_DUPLICATE`
   *
   * @example
   * ```ts
   * import type { ObservabilityService } from '@eventcore/nestjs-observability';
   *
   * export function observeWorkers(observability: ObservabilityService, idle: unknown[], busy: Set<unknown>) {
   *   return observability.registerPool('workers', () => ({
   *     size: idle.length + busy.size,
   *     available: idle.length,
   *     maxSize: 8,
   *   }));
   * }
   * ```
   */
  registerPool(name: string, pool: PoolSource | BackgroundPoolSource | KnownPool): Registration {
    return this.#runtime.resources.registerPool(name, pool);
  }

  /**
   * Publishes the state of a circuit breaker that is no provider, or under a name of its own, and counts its transitions
   * and rejections.
   *
   * @param name - Value of `breaker`, 1 to 128 characters: one of few, never an id.
   * @param breaker - One of a known make, or what tells its state and, if it can, what happens to it.
   * @throws ConfigurationError `OBS_SOURCE_INVALID`, `OBS_SOURCE_DUPLICATE`
   */
  registerCircuitBreaker(
    name: string,
    breaker: CircuitBreakerSource | KnownCircuitBreaker,
  ): Registration {
    return this.#runtime.resources.registerCircuitBreaker(name, breaker);
  }

  /**
   * A counter of the application's own; the same one for the same definition.
   *
   * @throws ConfigurationError `OBS_METRIC_INVALID`, `OBS_METRIC_CONFLICT`
   *
   * @example
   * ```ts
   * import type { ObservabilityService } from '@eventcore/nestjs-observability';
   *
   * export function refunds(observability: ObservabilityService) {
   *   const refunds = observability.counter({
   *     name: 'shop_refunds_total',
   *     help: 'Refunds paid out.',
   *     labels: ['channel'],
   *   });
   *   refunds.labels({ channel: 'web' }).inc();
   * }
   * ```
   */
  counter<L extends string = never>(metric: CustomMetric<L>): Counter<L> {
    return this.#runtime.registry.counter(metric);
  }

  /**
   * A gauge of the application's own; the same one for the same definition.
   *
   * @throws ConfigurationError `OBS_METRIC_INVALID`, `OBS_METRIC_CONFLICT`
   */
  gauge<L extends string = never>(metric: CustomMetric<L>): Gauge<L> {
    return this.#runtime.registry.gauge(metric);
  }

  /**
   * A histogram of the application's own, with bounds of its own if it has any; the same one for the same definition.
   *
   * @throws ConfigurationError `OBS_METRIC_INVALID`, `OBS_METRIC_CONFLICT`
   */
  histogram<L extends string = never>(metric: CustomMetric<L>): Histogram<L> {
    return this.#runtime.registry.histogram(metric);
  }

  /** The metric of that name, the library's own included. */
  getMetric(name: string): AnyInstrument | undefined {
    return this.#runtime.registry.get(name);
  }

  /** All metrics, the library's own included. */
  listMetrics(): readonly AnyInstrument[] {
    return this.#runtime.registry.list();
  }

  /** All values now; nothing in the answer changes afterwards. */
  snapshot(): RegistrySnapshot {
    return this.#runtime.registry.snapshot();
  }

  /** What `/metrics` would answer now, in the text format 0.0.4. */
  gather(): Promise<string> {
    return this.#runtime.exporter.render();
  }

  /**
   * Why metrics and spans appear, or do not. It may be shown to whoever may see the metrics: no secrets are in it.
   *
   * @param name - Of one metric, span (`command PlaceOrder`) or handler. @defaultValue everything
   * @returns A plain object. It never throws.
   *
   * @example
   * ```ts
   * import type { ObservabilityService } from '@eventcore/nestjs-observability';
   *
   * export const whyNoLag = (observability: ObservabilityService) =>
   *   observability.diagnose('eventcore_projection_lag_seconds').reasons;
   * ```
   */
  diagnose(): Diagnosis;
  diagnose(name: string): Explanation;
  diagnose(name?: string): Diagnosis | Explanation {
    const diagnostics = new Diagnostics(this.#runtime);
    return name === undefined ? diagnostics.diagnose() : diagnostics.explain(name);
  }
}
