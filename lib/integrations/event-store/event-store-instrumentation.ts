import type { StoreOperationSpec } from '../../instrumentation/event-store/store-operation-options.js';
import {
  StoreOperation,
  type StoreReporting,
  streamCategory,
} from '../../instrumentation/event-store/store-operation.js';
import type { Faults } from '../../kernel/faults.js';
import type { EventStoreMetrics } from '../../metrics/recorders/event-store-metrics.js';
import { assertInstrumentable } from './adapter-check.js';
import type { EventStoreAdapter, EventStoreOptions } from './event-store-adapter.js';
import { instrumentedStore } from './instrumented-store.js';
import { StreamCounter } from './stream-counter.js';

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;

/** What the event stores of one application report to. */
export interface EventStoreInstrumentationDeps {
  /** `undefined` when nothing is recorded. */
  reporting(): StoreReporting | undefined;
  readonly metrics: EventStoreMetrics;
  readonly faults: Faults;
}

type Operations = ReadonlyMap<PropertyKey, StoreOperation>;

interface Specification {
  readonly adapter: EventStoreAdapter;
  readonly options: EventStoreOptions;
}

/** The event stores of one application. */
export class EventStoreInstrumentation {
  readonly #parts: EventStoreInstrumentationDeps;
  // A store, and what stands for it: either is observed already.
  readonly #instrumented = new WeakMap<object, object>();
  readonly #censuses: StreamCounter[] = [];
  readonly #counts = new Map<StreamCounter, number | undefined>();
  #namesStreams = false;
  #state: 'new' | 'running' | 'released' = 'new';

  constructor(parts: EventStoreInstrumentationDeps) {
    this.#parts = parts;
  }

  /**
   * @throws ConfigurationError `OBS_EVENT_STORE_ADAPTER`, `OBS_EVENT_STORE_METHOD`
   * @returns What stands for the store; the same for the same store.
   */
  instrument<S extends object>(
    store: S,
    adapter: EventStoreAdapter,
    options: EventStoreOptions,
  ): S {
    assertInstrumentable({ store, adapter, options });
    const known = this.#instrumented.get(store);
    if (known !== undefined) return known as S;
    const reporting = this.#parts.reporting();
    if (reporting === undefined) return store;
    const operations = operationsOf(store, { adapter, options }, reporting);
    this.#countStreams(store, { adapter, options });
    this.#namesStreams ||= (options.streamVersions ?? []).length > 0;
    return this.#observe(store, operations, adapter);
  }

  /** Whether a store counts its streams. */
  get countsStreams(): boolean {
    return this.#counts.size > 0;
  }

  /** Whether a store has streams whose versions are wanted. */
  get namesStreams(): boolean {
    return this.#namesStreams;
  }

  /** Begins to count streams: not before the application is initialised. */
  start(): void {
    this.#state = 'running';
    for (const census of this.#censuses) census.start();
  }

  /** Stops observing; stores may outlive the application. */
  release(): void {
    this.#state = 'released';
    for (const census of this.#censuses.splice(0)) census.stop();
  }

  #observe<S extends object>(store: S, operations: Operations, adapter: EventStoreAdapter): S {
    const observed = instrumentedStore(store, {
      operations,
      sessions: adapter.sessions ?? {},
      instrument: (session) => this.#observeSession(session, operations, adapter),
      isActive: () => this.#state !== 'released',
      report: (fault) => this.#parts.faults.report('event-store', fault),
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
    const ofAdapter = countStreams && (() => adapter.countStreams?.(store) ?? 0);
    const count = options.activeStreams ?? ofAdapter;
    if (count === undefined) return;
    const {
      activeStreamsIntervalMs: intervalMs = DEFAULT_INTERVAL_MS,
      activeStreamsTimeoutMs: timeoutMs = DEFAULT_TIMEOUT_MS,
    } = options;
    const census: StreamCounter = new StreamCounter({
      source: { count, intervalMs, timeoutMs },
      faults: this.#parts.faults,
      counted: (streams) => this.#counted(census, streams),
    });
    this.#censuses.push(census);
    this.#counts.set(census, undefined);
    if (this.#state === 'running') census.start();
  }

  /** The sum over all stores; unknown as long as one of them is. */
  #counted(census: StreamCounter, streams: number | undefined): void {
    this.#counts.set(census, streams);
    const counts = [...this.#counts.values()];
    const sum = counts.reduce((total, it) => (total ?? NaN) + (it ?? NaN), 0);
    this.#parts.metrics.activeStreams(Number.isNaN(sum) ? undefined : sum);
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
