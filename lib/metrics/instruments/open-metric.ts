import type { MetricBounds } from '../cardinality/cardinality.js';
import { NestedBudget } from '../cardinality/nested-budget.js';
import type { MetricDefinition } from '../definition/metric-definition.js';
import { type MetricSnapshot, snapshotOf } from '../snapshot/snapshot.js';
import type { CounterSeries } from './counter.js';
import type { GaugeSeries } from './gauge.js';
import type { HistogramSeries } from './histogram.js';
import type { Instrument, InstrumentContext } from './instrument.js';

/** A series of any type. */
export type AnySeries = CounterSeries | GaugeSeries | HistogramSeries;

/** Labels of one series, by name. */
export type OpenLabels = Readonly<Record<string, string>>;

// An application that derives label names from data reaches this number.
const MOST_NAME_SETS = 64;
// https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute
const OVERFLOW: OpenLabels = { otel_metric_overflow: 'true' };
const OVERFLOW_KEY = Object.keys(OVERFLOW).join();

/** Dependencies of an {@link OpenMetric}. */
export interface OpenMetricDeps {
  readonly context: InstrumentContext;
  /** Returns the bounds of series with these label names. */
  boundsOf(labels: readonly string[]): MetricBounds;
  create(definition: MetricDefinition, context: InstrumentContext): Instrument;
}

/** Result of a series lookup. */
export interface OpenSeries {
  readonly series: AnySeries;
  /** `false` when a limit has redirected the labels to a series that others share. */
  readonly isOwn: boolean;
}

/**
 * A metric whose label names follow from what is recorded. It has one instrument for each set of label names, and all of
 * them share the series limit. Its snapshot has one block for each of them.
 */
export class OpenMetric {
  /** The metric definition, without labels. */
  readonly definition: MetricDefinition;
  /** Effective bounds of all series. */
  readonly bounds: MetricBounds;
  readonly #deps: OpenMetricDeps;
  readonly #instruments = new Map<string, Instrument>();

  constructor(definition: MetricDefinition, deps: OpenMetricDeps) {
    const { limit, budget } = deps.boundsOf([]);
    this.definition = definition;
    this.bounds = { limit, budget: new NestedBudget(limit, budget), isBudgeted: true, rules: [] };
    this.#deps = deps;
  }

  /** Number of series, including those that fold others. */
  get seriesCount(): number {
    let count = 0;
    for (const it of this.#instruments.values()) count += it.seriesCount;
    return count;
  }

  /** Number of series that a snapshot contains. */
  get shownCount(): number {
    let count = 0;
    for (const it of this.#instruments.values()) count += it.shownCount;
    return count;
  }

  /** Names of all labels that have been recorded. */
  get labelNames(): ReadonlySet<string> {
    const sets = [...this.#instruments.values()].map((it) => it.definition.labels ?? []);
    return new Set(sets.flat());
  }

  /** Returns the series of these labels and creates it when it is new and within the limits. */
  resolve(labels: OpenLabels): OpenSeries {
    const names = Object.keys(labels).toSorted();
    const instrument = this.#instruments.get(names.join()) ?? this.#add(names);
    if (instrument !== undefined) {
      const isOwn = names.length === 0 || instrument.keeps(labels);
      return { series: instrument.labels(labels) as AnySeries, isOwn };
    }
    this.#deps.context.onFold();
    const overflow = this.#instruments.get(OVERFLOW_KEY) ?? this.#create(Object.keys(OVERFLOW));
    return { series: overflow.labels(OVERFLOW) as AnySeries, isOwn: false };
  }

  /** Removes the series of these labels. */
  remove(labels: OpenLabels): void {
    this.#instruments.get(Object.keys(labels).toSorted().join())?.remove(labels);
  }

  /** Returns an immutable copy of all values. */
  snapshot(): MetricSnapshot {
    const blocks = [...this.#instruments.values()].flatMap((it) => {
      const { labels = [] } = it.definition;
      return it.snapshot().blocks.map((block) => Object.freeze({ ...block, labels }));
    });
    return snapshotOf(this.definition, blocks);
  }

  #add(names: readonly string[]): Instrument | undefined {
    return this.#instruments.size < MOST_NAME_SETS ? this.#create(names) : undefined;
  }

  #create(names: readonly string[]): Instrument {
    const { context, boundsOf, create } = this.#deps;
    const labels = Object.freeze([...names]);
    const made = create(
      { ...this.definition, labels },
      {
        ...context,
        bounds: () => ({ ...this.bounds, rules: boundsOf(labels).rules }),
        seriesEnded: (_, series) => context.seriesEnded(this.definition, { ...series, labels }),
      },
    );
    this.#instruments.set(labels.join(), made);
    return made;
  }
}
