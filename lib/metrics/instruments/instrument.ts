import type { Faults } from '../../kernel/faults.js';
import { toLabelValue } from '../../kernel/label.js';
import type { MetricBounds } from '../cardinality/cardinality.js';
import type { MetricDefinition } from '../definition/metric-definition.js';
import { SeriesMap } from './series-map.js';
import type { SlotSeries } from './slot-series.js';
import type { SeriesContext, SlotStore } from './slot-store.js';
import { type MetricSnapshot, type SeriesBlock, snapshotOf } from '../snapshot/snapshot.js';

/** Label values by label name; every label of the metric has one. */
export type LabelValues<L extends string> = Readonly<Record<L, string | number | boolean>>;

/** What an instrument needs from the registry that made it. */
export interface InstrumentContext {
  readonly faults: Faults;
  /** What bounds its series; asked once, when somebody first wants one. */
  bounds(): MetricBounds;
  /** Unix time, milliseconds. It never throws. */
  wallMs(): number;
  readonly onFold: () => void;
  /** Called with a series of a counter or histogram that is removed. */
  seriesEnded(definition: MetricDefinition, series: SeriesBlock): void;
  /** Whether histograms keep exponential buckets as well. */
  readonly exponentialHistograms: boolean;
}

/** What the series of a counter or histogram need to know about the world. */
export function seriesContext(
  definition: MetricDefinition,
  { wallMs, seriesEnded }: InstrumentContext,
): SeriesContext {
  return { wallMs, ended: (series) => seriesEnded(definition, series) };
}

/**
 * What counters, gauges and histograms have in common: a definition and series by label values. What series need is made
 * with the first of them: an application registers many metrics at its start, and needs few of them then.
 */
export abstract class Instrument<S extends SlotSeries = SlotSeries, L extends string = string> {
  /** What the metric is; see {@link MetricDefinition}. */
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
   * The series of these label values. Resolve it once and keep it: recording on it allocates nothing.
   * An unknown label name is counted in `eventcore_observability_errors_total` and left out; a missing one is empty.
   */
  labels(values: LabelValues<L>): S {
    for (const name in values) {
      if (!this.#labelNames.includes(name)) this.refuse(`unknown label ${name}`);
    }
    return this.#series.resolve(this.#inOrder(values));
  }

  /**
   * The series of values that are kept as they are.
   *
   * @param values - Label values in the order of the definition, as `toLabelValue` makes them. Nobody changes the list.
   * @internal
   */
  seriesOf(values: readonly string[]): S {
    return this.#series.resolveKept(values);
  }

  /**
   * Removes the series of these label values: it is absent from then on, not 0. Recording on a series that was resolved
   * before does nothing; asked for again by its labels, it starts anew.
   */
  remove(values: LabelValues<L>): void {
    const removed = this.#series.remove(this.#inOrder(values));
    if (removed === undefined) return;
    if (removed === this.#unlabelled) this.#unlabelled = undefined;
    removed.detach();
  }

  /** Number of series kept, `__other__` included. */
  get seriesCount(): number {
    return this.#series.size;
  }

  /** @internal What bounds its series. */
  get bounds(): MetricBounds {
    return (this.#bounds ??= this.context.bounds());
  }

  /** Whether that many label sets get a series of their own, whichever they are: quick to say. */
  hasRoomFor(count: number): boolean {
    return this.#series.hasRoomFor(count);
  }

  /** @internal How many of these label sets have no series yet. */
  countFresh(labelSets: readonly LabelValues<L>[]): number {
    return this.#series.countFresh(labelSets.map((values) => this.#inOrder(values)));
  }

  /** @internal The label values that these are recorded with, in the order of the label names. */
  recordedAs(values: LabelValues<L>): readonly string[] {
    return this.#inOrder(values);
  }

  /** @internal Whether a rule gives one of these label values another one, which others may share. */
  replaces(values: LabelValues<L>): boolean {
    const { rules } = this.bounds;
    return this.#labelNames.some((name, i) => {
      const text = this.#textOf(values, name);
      return (rules[i]?.(text) ?? text) !== text;
    });
  }

  /** Whether each of these label sets has a series of its own or would get one under the limit. */
  keeps(...labelSets: readonly LabelValues<L>[]): boolean {
    return this.#series.keeps(labelSets.map((values) => this.#inOrder(values)));
  }

  /** The series that takes what exceeds the limit. */
  other(): S {
    return this.#series.fold();
  }

  /** A copy of all values. */
  abstract snapshot(): MetricSnapshot;

  /** The series of a metric that has no labels, at 0 from the first call on. */
  protected unlabelled(): S {
    return (this.#unlabelled ??= this.#series.resolve(this.#labelNames.map(() => '')));
  }

  protected abstract createSeries(labelValues: readonly string[]): S;

  /** Counts and logs a value that cannot be recorded; the caller goes on. One for all series: each costs memory. */
  protected readonly refuse = (reason: string): void => {
    this.context.faults.report('metrics', new RangeError(`${this.definition.name}: ${reason}`));
  };

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
      return toLabelValue(values[name]);
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

  /** The sum over all series. */
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
