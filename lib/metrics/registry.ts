import { type Clock, forwardClock } from '../kernel/clock.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import type { Faults } from '../kernel/faults.js';
import { Cardinality, type CardinalityBounds } from './cardinality/cardinality.js';
import { assertSame, assertValid, frozen } from './definition/definition-checks.js';
import { exposedNames, type MetricDefinition } from './definition/metric-definition.js';
import {
  type AnyInstrument,
  createInstrument,
  type RegisteredMetric,
} from './instruments/any-instrument.js';
import type { Counter } from './instruments/counter.js';
import type { Gauge } from './instruments/gauge.js';
import type { Histogram } from './instruments/histogram.js';
import type { InstrumentContext } from './instruments/instrument.js';
import { OpenMetric } from './instruments/open-metric.js';
import type { RegistrySnapshot, SeriesBlock } from './snapshot/snapshot.js';

/** Receives a removed series of a counter or histogram with its last values. */
export type SeriesEndListener = (definition: MetricDefinition, series: SeriesBlock) => void;

/** Settings and dependencies of a {@link MetricRegistry}. */
export interface RegistryOptions extends CardinalityBounds {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Record exponential buckets in addition to the classic ones. @defaultValue false */
  readonly exponentialHistograms?: boolean;
  /** Called for every lookup that a series limit redirects to `__other__`. */
  onFold?(metric: string): void;
}

/** Registry of all metrics of one application. Two applications in one process have separate registries. */
export class MetricRegistry {
  readonly #options: RegistryOptions;
  /** Start and end times of exported intervals never go back. */
  readonly #clock: Clock;
  /** Series and label bounds of all metrics. */
  readonly cardinality: Cardinality;
  readonly #instruments = new Map<string, AnyInstrument>();
  readonly #open = new Map<string, OpenMetric>();
  readonly #collectors: (() => void)[] = [];
  readonly #preparations = new Set<() => Promise<void>>();
  /** Owner of each sample name that the registry exposes. */
  readonly #exposed = new Map<string, MetricDefinition>();
  readonly #listeners: ((metric: RegisteredMetric) => void)[] = [];
  readonly #endListeners = new Set<SeriesEndListener>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#clock = forwardClock(options.clock);
    this.cardinality = new Cardinality(options);
  }

  /** {@inheritDoc MetricRegistry.register} */
  counter<L extends string>(definition: Omit<MetricDefinition<L>, 'type'>): Counter<L> {
    return this.register({ ...definition, type: 'counter' }) as Counter<L>;
  }

  /** {@inheritDoc MetricRegistry.register} */
  gauge<L extends string>(definition: Omit<MetricDefinition<L>, 'type'>): Gauge<L> {
    return this.register({ ...definition, type: 'gauge' }) as Gauge<L>;
  }

  /** {@inheritDoc MetricRegistry.register} */
  histogram<L extends string>(definition: Omit<MetricDefinition<L>, 'type'>): Histogram<L> {
    return this.register({ ...definition, type: 'histogram' }) as Histogram<L>;
  }

  /**
   * Registers a metric. Returns the existing instrument when the same definition is already registered.
   *
   * @throws ConfigurationError `OBS_METRIC_INVALID` for a definition that cannot be exposed, `OBS_METRIC_CONFLICT` when
   * the name is registered with another type, unit, label set or bucket list.
   */
  register(definition: MetricDefinition): AnyInstrument {
    assertValid(definition);
    return this.registerValid(definition);
  }

  /**
   * Registers a definition that is known to be valid, such as a catalogue entry, without checking it.
   *
   * @param openLabels - Labels whose values the application supplies; label rules apply to these only. @defaultValue
   * all
   * @throws ConfigurationError `OBS_METRIC_CONFLICT`
   * @internal
   */
  registerValid(definition: MetricDefinition, openLabels?: readonly string[]): AnyInstrument {
    const known = this.#instruments.get(definition.name);
    if (known !== undefined) {
      assertSame(known.definition, definition);
      return known;
    }
    this.#assertFree(definition);
    const instrument = createInstrument(
      frozen(definition),
      this.#contextOf(definition, openLabels),
    );
    this.#instruments.set(definition.name, instrument);
    this.#publish(instrument);
    // A counter or gauge without labels exposes its only series at 0 from the start.
    if ((definition.labels ?? []).length === 0) instrument.labels({});
    return instrument;
  }

  /**
   * Registers a metric whose series have the label names that they are recorded with, or returns the existing one.
   *
   * @throws ConfigurationError `OBS_METRIC_CONFLICT`
   * @internal
   */
  open(definition: Omit<MetricDefinition, 'labels'>): OpenMetric {
    const known = this.#open.get(definition.name);
    if (known !== undefined) {
      assertSame(known.definition, definition);
      return known;
    }
    this.#assertFree(definition);
    const metric = new OpenMetric(frozen(definition), {
      context: this.#contextOf(definition),
      boundsOf: (labels) => this.cardinality.boundsOf({ ...definition, labels }),
      create: createInstrument,
    });
    this.#open.set(definition.name, metric);
    this.#publish(metric);
    return metric;
  }

  /** Returns the metric with this name, of any kind. */
  find(name: string): RegisteredMetric | undefined {
    return this.#instruments.get(name) ?? this.#open.get(name);
  }

  /** Returns all metrics: instruments in registration order, then those without label names. */
  metrics(): readonly RegisteredMetric[] {
    return [...this.#instruments.values(), ...this.#open.values()];
  }

  /** Returns the instrument with this name. */
  get(name: string): AnyInstrument | undefined {
    return this.#instruments.get(name);
  }

  /** Returns all instruments in registration order. */
  list(): readonly AnyInstrument[] {
    return [...this.#instruments.values()];
  }

  /** Returns the names of all samples that the instruments expose. */
  exposedNames(): ReadonlySet<string> {
    return new Set(this.#exposed.keys());
  }

  /** Adds a collector, a function that sets gauges before each snapshot. A scrape waits for it, so keep it fast. */
  onCollect(collect: () => void): void {
    this.#collectors.push(collect);
  }

  /** @internal Adds a collector that runs before all existing ones. */
  onCollectFirst(collect: () => void): void {
    this.#collectors.unshift(collect);
  }

  /** Adds work that precedes a snapshot, such as asynchronous callbacks. It is bounded by itself and never rejects. */
  onPrepare(prepare: () => Promise<void>): () => void {
    this.#preparations.add(prepare);
    return () => this.#preparations.delete(prepare);
  }

  /** Does the work that precedes a snapshot; returns `undefined` without any. */
  prepare(): Promise<unknown> | undefined {
    if (this.#preparations.size === 0) return undefined;
    return Promise.all([...this.#preparations].map((it) => it()));
  }

  /** Calls `listen` with every registered metric, then with each new one. */
  onRegister(listen: (metric: RegisteredMetric) => void): void {
    this.#listeners.push(listen);
    for (const metric of this.metrics()) listen(metric);
  }

  /**
   * Calls `listen` with every removed series of a counter or histogram. A delta exporter needs it: counts since its
   * last snapshot would otherwise be lost.
   *
   * @returns A function that removes the listener.
   */
  onSeriesEnd(listen: SeriesEndListener): () => void {
    this.#endListeners.add(listen);
    return () => this.#endListeners.delete(listen);
  }

  /** Runs the collectors and returns a snapshot of all metrics. */
  snapshot(): RegistrySnapshot {
    for (const collect of this.#collectors) {
      try {
        collect();
      } catch (error) {
        this.#options.faults.report('collector', error);
      }
    }
    const metrics = Object.freeze(this.metrics().map((it) => it.snapshot()));
    return Object.freeze({ takenAtMs: this.#wallMs(), metrics });
  }

  /** A custom clock may throw; the error is reported and recording continues. */
  readonly #wallMs = (): number => {
    try {
      const ms = this.#clock.wallMs();
      return Number.isNaN(ms) ? 0 : ms;
    } catch (error) {
      this.#options.faults.report('clock', error);
      return 0;
    }
  };

  readonly #seriesEnded: SeriesEndListener = (definition, series) => {
    for (const listen of this.#endListeners) listen(definition, series);
  };

  #contextOf(definition: MetricDefinition, openLabels?: readonly string[]): InstrumentContext {
    const { faults, exponentialHistograms = false, onFold } = this.#options;
    return {
      faults,
      bounds: () => this.cardinality.boundsOf(definition, openLabels),
      exponentialHistograms,
      onFold: () => onFold?.(definition.name),
      wallMs: this.#wallMs,
      seriesEnded: this.#seriesEnded,
    };
  }

  #publish(metric: RegisteredMetric): void {
    for (const it of exposedNames(metric.definition)) this.#exposed.set(it, metric.definition);
    for (const listen of this.#listeners) listen(metric);
  }

  #assertFree(definition: MetricDefinition): void {
    const taken = exposedNames(definition).find((it) => this.#exposed.has(it));
    const other = taken === undefined ? undefined : this.#exposed.get(taken);
    if (other === undefined) return;
    throw new ConfigurationError('OBS_METRIC_CONFLICT', {
      subject: `metric ${definition.name}`,
      value: definition.type,
      rule: `its sample names collide with those of ${other.type} ${other.name}`,
      remedy: 'Rename one of the two metrics.',
    });
  }
}
