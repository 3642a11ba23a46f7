import type { Clock } from '../kernel/clock.js';
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

/** Any instrument. */
export type AnyInstrument = Counter | Gauge | Histogram;

/** Hears of a series of a counter or histogram that is removed, with its last numbers. */
export type SeriesEndListener = (definition: MetricDefinition, series: SeriesBlock) => void;

/** What a registry works with. */
export interface RegistryOptions extends CardinalityBounds {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Whether histograms keep exponential buckets as well. @defaultValue false */
  readonly exponentialHistograms?: boolean;
  /** Called for every look-up that a series limit turned away. */
  onFold?(metric: string): void;
}

/** The metrics of one application. Nothing here is shared between two applications of a process. */
export class MetricRegistry {
  readonly #options: RegistryOptions;
  /** What bounds the series of all metrics. */
  readonly cardinality: Cardinality;
  readonly #instruments = new Map<string, AnyInstrument>();
  readonly #collectors: (() => void)[] = [];
  /** Names that are exposed, each with its metric. */
  readonly #exposed = new Map<string, MetricDefinition>();
  readonly #listeners: ((instrument: AnyInstrument) => void)[] = [];
  readonly #endListeners = new Set<SeriesEndListener>();

  constructor(options: RegistryOptions) {
    this.#options = options;
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
   * The instrument of this definition: the one already there when it was registered with the same definition.
   *
   * @throws ConfigurationError `OBS_METRIC_INVALID` for a definition that cannot be exposed, `OBS_METRIC_CONFLICT` when
   * the name stands for another type, unit, label set or bucket list.
   */
  register(definition: MetricDefinition): AnyInstrument {
    assertValid(definition);
    return this.registerValid(definition);
  }

  /**
   * Like {@link MetricRegistry.register} for a definition that breaks no rule, as those of the catalogue.
   *
   * @param openLabels - Labels with values that the application makes; only they have rules. @defaultValue all
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
    // A metric without labels has its one series at 0 from the start.
    if ((definition.labels ?? []).length === 0) instrument.labels({});
    return instrument;
  }

  /** The instrument of that name. */
  get(name: string): AnyInstrument | undefined {
    return this.#instruments.get(name);
  }

  /** All instruments, in the order of registration. */
  list(): readonly AnyInstrument[] {
    return [...this.#instruments.values()];
  }

  /** The names of all samples that the instruments expose. */
  exposedNames(): ReadonlySet<string> {
    return new Set(this.#exposed.keys());
  }

  /** Adds a function that sets gauges before each snapshot. It must be quick: a scrape waits for it. */
  onCollect(collect: () => void): void {
    this.#collectors.push(collect);
  }

  /** @internal Like {@link MetricRegistry.onCollect}, before what is there already. */
  onCollectFirst(collect: () => void): void {
    this.#collectors.unshift(collect);
  }

  /** Tells of every instrument, those that are there first. */
  onRegister(listen: (instrument: AnyInstrument) => void): void {
    this.#listeners.push(listen);
    for (const instrument of this.#instruments.values()) listen(instrument);
  }

  /**
   * Tells of every series of a counter or histogram that is removed: what it counted since somebody last took a snapshot
   * would be lost with it.
   *
   * @returns Ends it.
   */
  onSeriesEnd(listen: SeriesEndListener): () => void {
    this.#endListeners.add(listen);
    return () => this.#endListeners.delete(listen);
  }

  /** All values now. */
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
      takenAtMs: this.#options.clock.wallMs(),
      metrics: Object.freeze(metrics),
    });
  }

  /** The application's own clock may fail, and whoever records must not hear of it. */
  readonly #wallMs = (): number => {
    try {
      return this.#options.clock.wallMs();
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
      rule: `its series would have names that ${other.type} ${other.name} exposes`,
      remedy: 'Rename one of the two.',
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
