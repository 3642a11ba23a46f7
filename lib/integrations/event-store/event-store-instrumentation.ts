import type { StoreOperationSpec } from '../../instrumentation/event-store/store-operation-options.js';
import {
  StoreOperation,
  type StoreReporting,
  streamCategory,
} from '../../instrumentation/event-store/store-operation.js';
import type { Faults } from '../../kernel/faults.js';
import type { Timers } from '../../kernel/timers.js';
import type { EventStoreMetrics } from '../../metrics/recorders/event-store-metrics.js';
import { assertInstrumentable } from './adapter-check.js';
import type {
  EventStoreAdapter,
  EventStoreOptions,
  StreamCountLimits,
} from './event-store-adapter.js';
import { instrumentedStore } from './instrumented-store.js';
import { StreamCounter } from './stream-counter.js';

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;

/** Dependencies of {@link EventStoreInstrumentation}. */
export interface EventStoreInstrumentationDeps {
  /** Returns `undefined` when recording is disabled. */
  reporting(): StoreReporting | undefined;
  readonly metrics: EventStoreMetrics;
  readonly faults: Faults;
  /** @defaultValue the system timers */
  readonly timers?: Timers;
}

type Operations = ReadonlyMap<PropertyKey, StoreOperation>;

interface Specification {
  readonly adapter: EventStoreAdapter;
  readonly options: EventStoreOptions;
}

/** Event stores of one application. */
export class EventStoreInstrumentation {
  readonly #deps: EventStoreInstrumentationDeps;
  // Contains each store and its proxy; both count as instrumented.
  readonly #instrumented = new WeakMap<object, object>();
  readonly #counters: StreamCounter[] = [];
  readonly #counts = new Map<StreamCounter, number | undefined>();
  #namesStreams = false;
  #state: 'new' | 'running' | 'released' = 'new';

  constructor(deps: EventStoreInstrumentationDeps) {
    this.#deps = deps;
  }

  /**
   * Instruments a store.
   *
   * @throws ConfigurationError `OBS_EVENT_STORE_ADAPTER`, `OBS_EVENT_STORE_METHOD`
   * @returns A proxy of the store; the same proxy for the same store.
   */
  instrument<S extends object>(
    store: S,
    adapter: EventStoreAdapter,
    options: EventStoreOptions,
  ): S {
    assertInstrumentable({ store, adapter, options });
    const known = this.#instrumented.get(store);
    if (known !== undefined) return known as S;
    const reporting = this.#deps.reporting();
    if (reporting === undefined) return store;
    const operations = operationsOf(store, { adapter, options }, reporting);
    this.#countStreams(store, { adapter, options });
    this.#namesStreams ||= (options.streamVersions ?? []).length > 0;
    return this.#observe(store, operations, adapter);
  }

  /** True when a store counts its streams. */
  get countsStreams(): boolean {
    return this.#counts.size > 0;
  }

  /** True when stream versions of a store are published. */
  get namesStreams(): boolean {
    return this.#namesStreams;
  }

  /** Starts counting streams, once the application is initialised. */
  start(): void {
    this.#state = 'running';
    for (const counter of this.#counters) counter.start();
  }

  /** Stops the observation, because stores may outlive the application. */
  release(): void {
    this.#state = 'released';
    for (const counter of this.#counters.splice(0)) counter.stop();
  }

  #observe<S extends object>(store: S, operations: Operations, adapter: EventStoreAdapter): S {
    const observed = instrumentedStore(store, {
      operations,
      sessions: adapter.sessions ?? {},
      instrument: (session) => this.#observeSession(session, operations, adapter),
      isActive: () => this.#state !== 'released',
      report: (fault) => this.#deps.faults.report('event_store', fault),
    });
    this.#instrumented.set(store, observed);
    this.#instrumented.set(observed, observed);
    return observed;
  }

  #observeSession(session: unknown, operations: Operations, adapter: EventStoreAdapter): unknown {
    if (typeof session !== 'object' || session === null) return session;
    return this.#instrumented.get(session) ?? this.#observe(session, operations, adapter);
  }

  #countStreams(store: object, { adapter, options }: Specification): void {
    const { countStreams } = adapter;
    const ofAdapter =
      countStreams && ((limits: StreamCountLimits) => adapter.countStreams?.(store, limits) ?? 0);
    const count = options.activeStreams ?? ofAdapter;
    if (count === undefined) return;
    const {
      activeStreamsIntervalMs: intervalMs = DEFAULT_INTERVAL_MS,
      activeStreamsTimeoutMs: timeoutMs = DEFAULT_TIMEOUT_MS,
    } = options;
    const counter: StreamCounter = new StreamCounter({
      source: { count, intervalMs, timeoutMs },
      faults: this.#deps.faults,
      timers: this.#deps.timers,
      counted: (streams) => this.#counted(counter, streams),
    });
    this.#counters.push(counter);
    this.#counts.set(counter, undefined);
    if (this.#state === 'running') counter.start();
  }

  /** Publishes the sum over all stores; unknown while any of them is unknown. */
  #counted(counter: StreamCounter, streams: number | undefined): void {
    this.#counts.set(counter, streams);
    const counts = [...this.#counts.values()];
    const sum = counts.reduce((total, it) => (total ?? NaN) + (it ?? NaN), 0);
    this.#deps.metrics.activeStreams(Number.isNaN(sum) ? undefined : sum);
  }
}

function operationsOf(
  store: object,
  { adapter, options }: Specification,
  reporting: StoreReporting,
): Operations {
  const isThere = ([name]: [string, unknown]) => typeof Reflect.get(store, name) === 'function';
  const methods = Object.entries(adapter.methods).filter(isThere);
  return new Map(
    methods.map(([name, { optional: _optional, ...method }]) => [
      name,
      new StoreOperation(specOf(method, adapter, options), reporting),
    ]),
  );
}

function specOf(
  method: StoreOperationSpec,
  { system, conflict, absent }: EventStoreAdapter,
  { separator = '-', category, traceContext, streamVersions }: EventStoreOptions,
): StoreOperationSpec {
  const versionsOf = streamVersions && new Set(streamVersions);
  return {
    ...(conflict && { conflict: (error: unknown) => conflict(error) }),
    ...(absent && { absent: (error: unknown) => absent(error) }),
    ...method,
    system,
    categoryOf: category
      ? (stream) => category(stream)
      : (stream) => streamCategory(stream, separator),
    ...(traceContext !== undefined && { traceContext }),
    ...(versionsOf && { versionsOf }),
  };
}
