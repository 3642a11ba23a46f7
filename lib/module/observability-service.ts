import { Inject, Injectable } from '@nestjs/common';
import type {
  EventStoreAdapter,
  EventStoreOptions,
} from '../integrations/event-store/event-store-adapter.js';
import type { CustomMetric } from '../metrics/definition/metric-definition.js';
import type { Counter } from '../metrics/instruments/counter.js';
import type { Gauge } from '../metrics/instruments/gauge.js';
import type { Histogram } from '../metrics/instruments/histogram.js';
import type { AnyInstrument } from '../metrics/instruments/any-instrument.js';
import type { RegistrySnapshot } from '../metrics/snapshot/snapshot.js';
import { SCHEDULE } from '../metrics/recorders/job-metrics.js';
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

/** Records work that decorators do not observe, and creates custom metrics. */
@Injectable()
export class ObservabilityService {
  readonly #runtime: ObservabilityRuntime;

  /** @internal */
  constructor(@Inject(ObservabilityRuntime) runtime: ObservabilityRuntime) {
    this.#runtime = runtime;
  }

  /**
   * Starts a command that is recorded like a decorated one.
   *
   * @param name - Value of `command_type`, with low cardinality; never an id. It is truncated to 128 characters.
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
   * Starts a query that is recorded like a decorated one.
   *
   * @param name - Value of `query_type`.
   */
  startQuery(name: string): ManualCall {
    return startQueryByHand(this.#runtime, name);
  }

  /**
   * Returns a job that the application runs by itself, such as one of a script: `job('import').run(() => load())`.
   *
   * @param name - Value of `job`, with low cardinality; never an id.
   * @param queue - Value of `queue`. @defaultValue 'schedule'
   */
  job(name: string, queue: string = SCHEDULE): { run<T>(work: () => T): T } {
    const { jobs } = this.#runtime;
    return { run: (work) => jobs.run(name, queue, work) };
  }

  /**
   * Starts an event store operation.
   *
   * @param operation - Value of `operation`. A name that begins with `append` counts written events, any other counts
   * read events.
   * @param streamCategory - Part of the stream's name before its separator; never the stream's id.
   */
  startEventStoreOperation(operation: string, streamCategory: string): ManualEventStoreOperation {
    const { enabled, storeReporting } = this.#runtime;
    const reporting = enabled ? storeReporting : undefined;
    return new ManualEventStoreOperation(operation, streamCategory, reporting);
  }

  /**
   * Returns an observed stand-in for an event store. It records operations, events by stream category, conflicts and
   * spans, and writes the trace context into event metadata. A store is observed once, until the application ends.
   *
   * @param store - Event store of any class.
   * @param adapter - `emmettAdapter`, `kurrentAdapter`, `ocodaAdapter`, `plainAdapter`, or your own.
   * @param options - Categories, trace context, and the number of streams.
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
   * Returns the recorder for a projection's runner, which records facts that its handlers do not know.
   *
   * @param name - Value of `projection_name`.
   */
  projection(name: string): ProjectionRecorder {
    return new ProjectionRecorder(this.#runtime.projections, name);
  }

  /**
   * Publishes the metrics of a connection pool that is not a provider, or that needs another name. The pool is read
   * with each snapshot. A closed or unreadable pool has no series.
   *
   * @param name - Value of `pool`, 1 to 128 characters with low cardinality; never an id.
   * @param pool - Pool of a supported library, or an object or function that returns its numbers, also asynchronously.
   * @throws ConfigurationError `OBS_SOURCE_INVALID`, `OBS_SOURCE_DUPLICATE`
   */
  registerPool(name: string, pool: PoolSource | BackgroundPoolSource | KnownPool): Registration {
    return this.#runtime.resources.registerPool(name, pool);
  }

  /**
   * Publishes the state of a circuit breaker that is not a provider, or that needs another name, and counts its
   * transitions and rejections.
   *
   * @param name - Value of `breaker`, 1 to 128 characters with low cardinality; never an id.
   * @param breaker - Circuit breaker of a supported library, or a source of its state and, optionally, its events.
   * @throws ConfigurationError `OBS_SOURCE_INVALID`, `OBS_SOURCE_DUPLICATE`
   */
  registerCircuitBreaker(
    name: string,
    breaker: CircuitBreakerSource | KnownCircuitBreaker,
  ): Registration {
    return this.#runtime.resources.registerCircuitBreaker(name, breaker);
  }

  /**
   * Creates a custom counter, or returns the existing one for the same definition.
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
   * Creates a custom gauge, or returns the existing one for the same definition.
   *
   * @throws ConfigurationError `OBS_METRIC_INVALID`, `OBS_METRIC_CONFLICT`
   */
  gauge<L extends string = never>(metric: CustomMetric<L>): Gauge<L> {
    return this.#runtime.registry.gauge(metric);
  }

  /**
   * Creates a custom histogram with optional bounds, or returns the existing one for the same definition.
   *
   * @throws ConfigurationError `OBS_METRIC_INVALID`, `OBS_METRIC_CONFLICT`
   */
  histogram<L extends string = never>(metric: CustomMetric<L>): Histogram<L> {
    return this.#runtime.registry.histogram(metric);
  }

  /** Returns the metric of a name, including the library's own. */
  getMetric(name: string): AnyInstrument | undefined {
    return this.#runtime.registry.get(name);
  }

  /** Returns all metrics, including the library's own. */
  listMetrics(): readonly AnyInstrument[] {
    return this.#runtime.registry.list();
  }

  /** Returns all current values as an immutable snapshot. */
  snapshot(): RegistrySnapshot {
    return this.#runtime.registry.snapshot();
  }

  /** Returns the current content of `/metrics` in the text format 0.0.4. */
  gather(): Promise<string> {
    return this.#runtime.exporter.render();
  }

  /**
   * Exports counted metrics, queued spans and waiting log lines now, as a serverless function does before it returns. It
   * never rejects, and resolves within the time limits of the exporters and sinks.
   */
  async flush(): Promise<void> {
    await Promise.allSettled([...this.#runtime.flushes].map((flush) => flush()));
  }

  /**
   * Explains why metrics and spans appear or do not appear. The result contains no secrets and may be shown to any reader
   * of the metrics.
   *
   * @param name - Name of a metric, span (`command PlaceOrder`) or handler. @defaultValue everything
   * @returns A plain object. It never throws.
   */
  diagnose(): Diagnosis;
  diagnose(name: string): Explanation;
  diagnose(name?: string): Diagnosis | Explanation {
    const diagnostics = new Diagnostics(this.#runtime);
    return name === undefined ? diagnostics.diagnose() : diagnostics.explain(name);
  }
}
