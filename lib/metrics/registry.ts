import { type Clock, forwardClock } from '../kernel/clock.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import type { Faults } from '../kernel/faults.js';
import { Cardinality, type CardinalityBounds } from './cardinality/cardinality.js';
import { assertSame, assertValid, frozen } from './definition/definition-checks.js';
import { exposedNames, type MetricDefinition } from './definition/metric-definition.js';
import { Counter } from './instruments/counter.js';
import { Gauge } from './instruments/gauge.js';
import { Histogram } from './instruments/histogram.js';
import type { InstrumentContext } from './instruments/instrument.js';
import type { RegistrySnapshot, SeriesBlock } from './snapshot/snapshot.js';

/** An instrument of any type. */
export type AnyInstrument = Counter | Gauge | Histogram;

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
  readonly #collectors: (() => void)[] = [];
  /** Owner of each sample name that the registry exposes. */
  readonly #exposed = new Map<string, MetricDefinition>();
  readonly #listeners: ((instrument: AnyInstrument) => void)[] = [];
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
    const names = exposedNames(definition);
    this.#assertFree(names, definition);
    const instrument = create(frozen(definition), this.#contextOf(definition, openLabels));
    this.#instruments.set(definition.name, instrument);
    for (const it of names) this.#exposed.set(it, instrument.definition);
    for (const listen of this.#listeners) listen(instrument);
    // A metric without labels exposes its only series at 0 from the start.
    if ((definition.labels ?? []).length === 0) instrument.labels({});
    return instrument;
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

  /** Calls `listen` with every registered instrument, then with each new one. */
  onRegister(listen: (instrument: AnyInstrument) => void): void {
    this.#listeners.push(listen);
    for (const instrument of this.#instruments.values()) listen(instrument);
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
    const metrics = [...this.#instruments.values()].map((it) => it.snapshot());
    return Object.freeze({
      takenAtMs: this.#wallMs(),
      metrics: Object.freeze(metrics),
    });
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

  #assertFree(names: readonly string[], definition: MetricDefinition): void {
    const taken = names.find((it) => this.#exposed.has(it));
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

function create(definition: MetricDefinition, context: InstrumentContext): AnyInstrument {
  switch (definition.type) {
    case 'counter':
      return new Counter(definition, context);
    case 'gauge':
      return new Gauge(definition, context);
    case 'histogram':
      return new Histogram(definition, context);
  }
}
