import type {
  DiscoveredInstance,
  InstanceDiscovery,
} from '../instrumentation/binding/instance-discovery.js';
import type { Clock } from '../kernel/clock.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import { readWithoutGetters, isObject } from '../kernel/hooks.js';
import type { Faults } from '../kernel/faults.js';
import type { Timers } from '../kernel/timers.js';
import { StateChanges } from '../kernel/state-changes.js';
import { BackgroundPool, type BackgroundPoolDeps } from './pools/background-pool.js';
import { CircuitBreakerMetrics } from './circuit-breakers/circuit-breaker-metrics.js';
import type {
  CircuitBreakerSource,
  CircuitBreakerState,
} from './circuit-breakers/circuit-breaker-source.js';
import type { CatalogueNaming } from '../metrics/recorders/catalogue-instruments.js';
import { PoolMetrics } from './pools/pool-metrics.js';
import type { BackgroundPoolSource, PoolReading, PoolSource } from './pools/pool-source.js';
import type { MetricRegistry } from '../metrics/registry.js';
import {
  breakerSourceOf,
  type KnownCircuitBreaker,
  recogniseBreakers,
} from './circuit-breakers/known-breakers.js';
import { type KnownPool, readingOf, type ReadPool, recognisePool } from './pools/known-pools.js';
import type { DiscoveryOptions } from './discovery-options.js';
import { NamedSources, type Registration } from './named-sources.js';

/** Module options for pools and circuit breakers. */
interface ResourceOptions {
  readonly enabled?: boolean;
  readonly pools?: DiscoveryOptions | false;
  readonly circuitBreakers?: DiscoveryOptions | false;
}

/** Dependencies of {@link ObservedResources}. */
export interface ObservedResourcesDeps {
  readonly registry: MetricRegistry;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Timers of what is read in the background. @defaultValue the system timers */
  readonly timers?: Timers;
  readonly options: ResourceOptions;
}

/** Connection pools and circuit breakers of one application, registered or discovered among its providers. */
export class ObservedResources {
  /** States of breakers, and pools that are exhausted. */
  readonly changes = new StateChanges();
  readonly #background: BackgroundPoolDeps;
  readonly #faults: Faults;
  readonly #options: ResourceOptions;
  readonly #poolMetrics: PoolMetrics;
  readonly #breakerMetrics: CircuitBreakerMetrics;
  readonly #pools = new NamedSources('connection pool');
  readonly #breakers = new NamedSources('circuit breaker');
  /** Providers to search for pools, until the search is done. */
  #undiscovered: InstanceDiscovery | undefined;

  constructor(
    { registry, clock, faults, timers, options }: ObservedResourcesDeps,
    naming: CatalogueNaming,
  ) {
    this.#background = { clock, faults, timers };
    this.#faults = faults;
    this.#options = options;
    const deps = { registry, faults, changes: this.changes };
    this.#poolMetrics = new PoolMetrics(deps, naming);
    this.#breakerMetrics = new CircuitBreakerMetrics(deps, naming);
  }

  /** @throws ConfigurationError `OBS_SOURCE_INVALID`, `OBS_SOURCE_DUPLICATE` */
  registerPool(name: string, pool: PoolSource | BackgroundPoolSource | KnownPool): Registration {
    this.discoverPools();
    const source = readingOf(pool);
    if (source === undefined) throw notObservable('connection pool', name, pool);
    const begin = (it: string, ended: () => void) => this.#beginPool({ name: it, ended }, source);
    return this.#disabled(name) ?? this.#pools.register({ name, instance: pool, begin });
  }

  /** @throws ConfigurationError `OBS_SOURCE_INVALID`, `OBS_SOURCE_DUPLICATE` */
  registerCircuitBreaker(
    name: string,
    breaker: CircuitBreakerSource | KnownCircuitBreaker,
  ): Registration {
    const source = breakerSourceOf(breaker);
    if (source === undefined) throw notObservable('circuit breaker', name, breaker);
    const begin = this.#breakerBeginning(source);
    return this.#disabled(name) ?? this.#breakers.register({ name, instance: breaker, begin });
  }

  /**
   * Registers the circuit breakers among the instances immediately, because they count from then on. Registers the
   * pools at the first read of their metrics, which keeps the start of an application with many instances fast.
   */
  discover(discovery: InstanceDiscovery): void {
    this.discoverPools();
    this.#discoverAmong(discovery, (it) => this.#discoverBreakers(it));
    this.#undiscovered = discovery;
  }

  /** Registers the pools that {@link ObservedResources.discover} deferred. */
  discoverPools(): void {
    const discovery = this.#undiscovered;
    this.#undiscovered = undefined;
    if (discovery !== undefined) this.#discoverAmong(discovery, (it) => this.#discoverPool(it));
  }

  /** True when a connection pool is registered or was discovered. */
  get hasPools(): boolean {
    this.discoverPools();
    return !this.#pools.isEmpty;
  }

  /** True when a circuit breaker is registered or was discovered. */
  get hasCircuitBreakers(): boolean {
    return !this.#breakers.isEmpty;
  }

  /** Returns the current readings by pool name. */
  pools(): Map<string, PoolReading> {
    this.discoverPools();
    return this.#poolMetrics.readings();
  }

  /** Returns the current states by circuit breaker name. */
  circuitBreakers(): Map<string, CircuitBreakerState> {
    return this.#breakerMetrics.states();
  }

  /** Ends all registrations, because the sources may outlive the application. */
  release(): void {
    this.#undiscovered = undefined;
    this.#pools.clear();
    this.#breakers.clear();
  }

  #discoverAmong(
    discovery: InstanceDiscovery,
    register: (found: DiscoveredInstance) => void,
  ): void {
    for (const found of discovery.instances()) {
      try {
        register(found);
      } catch (error) {
        this.#faults.report('discovery', error);
      }
    }
  }

  #discoverPool({ name: ownName, instance }: DiscoveredInstance): void {
    const { pools = {} } = this.#options;
    const name = chosenName(ownName, pools);
    const read = name === undefined ? undefined : recognisePool(instance);
    if (name === undefined || read === undefined) return;
    const begin = (it: string, ended: () => void) => this.#beginPool({ name: it, ended }, read);
    this.#pools.registerFound({ name, instance, begin });
  }

  #discoverBreakers({ name: token, instance }: DiscoveredInstance): void {
    const { circuitBreakers = {} } = this.#options;
    if (circuitBreakers === false) return;
    for (const { breaker, source, name: ownName } of recogniseBreakers(instance)) {
      const name = chosenName(ownName ?? token, circuitBreakers);
      const begin = this.#breakerBeginning(source);
      if (name !== undefined) this.#breakers.registerFound({ name, instance: breaker, begin });
    }
  }

  #beginPool(
    { name, ended }: { readonly name: string; ended(): void },
    source: ReadPool | BackgroundPoolSource,
  ): () => void {
    const background =
      typeof source === 'function' ? undefined : new BackgroundPool(source, this.#background);
    const read = typeof source === 'function' ? source : () => background?.read();
    const published = { name, read, ended };
    this.#poolMetrics.publish(published);
    return () => {
      background?.stop();
      this.#poolMetrics.withdraw(published);
    };
  }

  #breakerBeginning(source: CircuitBreakerSource) {
    return (name: string, ended: () => void) =>
      this.#breakerMetrics.publish({ name, source, ended });
  }

  /** Returns an inert registration when recording is disabled. */
  #disabled(name: string): Registration | undefined {
    return this.#options.enabled === false ? { name, unregister: () => undefined } : undefined;
  }
}

/** Returns `undefined` for an excluded name. */
function chosenName(name: string, options: DiscoveryOptions | false): string | undefined {
  if (options === false || options.exclude?.includes(name)) return undefined;
  const { names = {} } = options;
  return Object.hasOwn(names, name) ? names[name] : name;
}

function notObservable(kind: string, name: string, value: unknown): ConfigurationError {
  return new ConfigurationError('OBS_SOURCE_INVALID', {
    subject: `${kind} ${String(name)}`,
    value: isObject(value) ? readWithoutGetters(value, 'constructor') : value,
    rule: 'an instance of a supported library, or an object or function that returns its state',
    remedy:
      kind === 'circuit breaker'
        ? "Pass { state: () => 'closed' }, with listen() if it emits events. Register combined policies one by one."
        : 'Pass () => ({ size, available }), with maxSize and pending if known.',
  });
}
