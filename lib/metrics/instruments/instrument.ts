import type { Faults } from '../../kernel/faults.js';
import { absorb, requireSync, shown } from '../../kernel/hooks.js';
import { toLabelValue } from '../../kernel/label.js';
import type { MetricBounds } from '../cardinality/cardinality.js';
import type { MetricDefinition } from '../definition/metric-definition.js';
import { SeriesMap } from './series-map.js';
import type { SlotSeries } from './slot-series.js';
import type { SeriesContext, SlotStore } from './slot-store.js';
import { type MetricSnapshot, type SeriesBlock, snapshotOf } from '../snapshot/snapshot.js';

/** Label values by label name, one for every label of the metric. */
export type LabelValues<L extends string> = Readonly<Record<L, string | number | boolean>>;

/** Dependencies that a registry passes to its instruments. */
export interface InstrumentContext {
  readonly faults: Faults;
  /** Returns the bounds of the series. Called once, on first use of a series. */
  bounds(): MetricBounds;
  /** Returns the Unix time in milliseconds. It never throws. */
  wallMs(): number;
  readonly onFold: () => void;
  /** Called with a removed series of a counter or histogram. */
  seriesEnded(definition: MetricDefinition, series: SeriesBlock): void;
  /** `true` when histograms record exponential buckets in addition to the classic ones. */
  readonly exponentialHistograms: boolean;
}

/** Returns the context of the series of a counter or histogram. */
export function seriesContext(
  definition: MetricDefinition,
  { wallMs, seriesEnded }: InstrumentContext,
): SeriesContext {
  return { wallMs, ended: (series) => seriesEnded(definition, series) };
}

/**
 * Base class of counters, gauges and histograms: a definition and series by label values. The series storage is
 * allocated on first use, because an application registers many metrics at start-up and uses few of them then.
 */
export abstract class Instrument<S extends SlotSeries = SlotSeries, L extends string = string> {
  /** The metric definition; see {@link MetricDefinition}. */
  readonly definition: MetricDefinition<L>;
  /** @internal */
  protected readonly context: InstrumentContext;
  readonly #labelNames: readonly L[];
  #bounds: MetricBounds | undefined;
  #seriesMap: SeriesMap<S> | undefined;
  #unlabelled: S | undefined;

  /** @internal */
  constructor(definition: MetricDefinition<L>, context: InstrumentContext) {
    this.definition = definition;
    this.context = context;
    this.#labelNames = definition.labels ?? [];
  }

  /**
   * Returns the series of these label values and creates it when it is new. Resolve a series once and keep it:
   * recording on it allocates nothing. An unknown label name is ignored and counted in
   * `eventcore_observability_errors_total`; a missing label has an empty value.
   */
  labels(values: LabelValues<L>): S {
    this.#refuseUnknown(values);
    return this.#series.resolve(this.#inOrder(values));
  }

  /**
   * Returns the series of values that are already normalised.
   *
   * @param values - Label values in definition order, as `toLabelValue` returns them. The caller must not modify the
   * array.
   * @internal
   */
  seriesOf(values: readonly string[]): S {
    return this.#series.resolveKept(values);
  }

  /**
   * Removes the series of these label values from the exposition. Recording on a previously resolved series then has no
   * effect; resolving the same labels again creates a new series.
   */
  remove(values: LabelValues<L>): void {
    const removed = this.#series.remove(this.#inOrder(values));
    if (removed === undefined) return;
    if (removed === this.#unlabelled) this.#unlabelled = undefined;
    removed.detach();
  }

  /** Number of series, including `__other__`. */
  get seriesCount(): number {
    return this.#series.size;
  }

  /** @internal Number of series that a snapshot contains. */
  get shownCount(): number {
    return this.seriesCount;
  }

  /** @internal Effective bounds of the series. */
  get bounds(): MetricBounds {
    return (this.#bounds ??= this.context.bounds());
  }

  /**
   * Returns `true` when `count` further label sets fit under the metric's limit. It is fast because it looks up no
   * series.
   */
  hasRoomFor(count: number): boolean {
    return typeof count === 'number' && this.#series.hasRoomFor(count);
  }

  /** @internal Returns the number of these label sets that have no series yet. */
  countFresh(labelSets: readonly LabelValues<L>[]): number {
    return this.#series.countFresh(labelSets.map((values) => this.#inOrder(values)));
  }

  /** @internal Returns the label values as recorded, in the order of the label names. */
  recordedAs(values: LabelValues<L>): readonly string[] {
    return this.#inOrder(values);
  }

  /** @internal Returns `true` when a label rule replaces one of these values, so that label sets may share a series. */
  replaces(values: LabelValues<L>): boolean {
    const { rules } = this.bounds;
    return this.#labelNames.some((name, i) => {
      const text = this.#textOf(values, name);
      return (rules[i]?.(text) ?? text) !== text;
    });
  }

  /** Returns `true` when each of these label sets has a series of its own or fits under the limits. */
  keeps(...labelSets: readonly LabelValues<L>[]): boolean {
    return this.#series.keeps(labelSets.map((values) => this.#inOrder(values)));
  }

  /** Returns the overflow series `__other__`. */
  other(): S {
    return this.#series.fold();
  }

  /** Returns an immutable copy of all values. */
  abstract snapshot(): MetricSnapshot;

  /** Returns the series whose label values are all empty, created at 0 on first call. */
  protected unlabelled(): S {
    return (this.#unlabelled ??= this.#series.resolve(this.#labelNames.map(() => '')));
  }

  protected abstract createSeries(labelValues: readonly string[]): S;

  /**
   * Counts and logs a value that cannot be recorded, without throwing. One function serves all series to save memory.
   */
  protected readonly refuse = (rule: string, value: unknown): void => {
    absorb(value);
    const problem = `${this.definition.name}: ${rule}, got ${shown(value)}`;
    this.context.faults.report('metrics', new RangeError(problem));
  };

  #refuseUnknown(values: LabelValues<L>): void {
    try {
      for (const name in values) {
        if (!this.#labelNames.includes(name)) this.refuse('a label is one of the metric', name);
      }
    } catch (error) {
      // A proxy that does not tell its keys.
      this.context.faults.report('labels', error);
    }
  }

  get #series(): SeriesMap<S> {
    return (this.#seriesMap ??= new SeriesMap<S>({
      ...this.bounds,
      labelNames: this.#labelNames,
      create: (labelValues) => this.createSeries(labelValues),
      onFold: this.context.onFold,
    }));
  }

  #inOrder(values: LabelValues<L>): string[] {
    const { rules } = this.bounds;
    return this.#labelNames.map((name, i) => {
      const text = this.#textOf(values, name);
      return rules[i]?.(text) ?? text;
    });
  }

  #textOf(values: LabelValues<L>, name: L): string {
    try {
      return toLabelValue(requireSync(values[name]));
    } catch (error) {
      this.context.faults.report('labels', error);
      return '';
    }
  }
}

/** An instrument whose series have one number each: a counter or gauge. */
export abstract class ScalarInstrument<
  S extends SlotSeries,
  L extends string = string,
> extends Instrument<S, L> {
  #store: SlotStore | undefined;

  /** Returns the sum over all series. */
  sum(): number {
    return this.store.sum();
  }

  /** {@inheritDoc Instrument.snapshot} */
  override snapshot(): MetricSnapshot {
    return snapshotOf(this.definition, [this.store.snapshot()]);
  }

  /** @internal Made with the first series, like all that series need. */
  protected get store(): SlotStore {
    return (this.#store ??= this.makeStore());
  }

  /** @internal */
  protected abstract makeStore(): SlotStore;
}
