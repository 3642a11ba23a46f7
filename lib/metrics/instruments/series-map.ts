import { OTHER, detachString } from '../../kernel/label.js';
import type { SeriesBudget } from '../cardinality/cardinality.js';

/** Settings of a {@link SeriesMap}. */
export interface SeriesMapOptions<S> {
  readonly labelNames: readonly string[];
  /** Maximum number of series; further label sets share one series. */
  readonly limit: number;
  /** Series budget of all metrics. */
  readonly budget: SeriesBudget;
  /** `true` when the budget limits the series of this metric as well. */
  readonly isBudgeted: boolean;
  create(labelValues: readonly string[]): S;
  /** Called for every lookup that a limit redirects to `__other__`. */
  onFold(): void;
}

/**
 * Series of one metric by label values, which are in label name order. The map never exceeds its limit plus the
 * `__other__` series.
 */
export class SeriesMap<S> {
  readonly #options: SeriesMapOptions<S>;
  readonly #byKey = new Map<string, S>();
  readonly #otherValues: readonly string[];
  readonly #otherKey: string;
  #other: S | undefined;

  constructor(options: SeriesMapOptions<S>) {
    this.#options = options;
    this.#otherValues = options.labelNames.map(() => OTHER);
    this.#otherKey = seriesKey(this.#otherValues);
  }

  /** Number of series, including `__other__`. */
  get size(): number {
    return this.#byKey.size + (this.#other === undefined ? 0 : 1);
  }

  /** Returns the series of these values and creates it when it is new and within the limits. */
  resolve(values: readonly string[]): S {
    return this.#known(values) ?? this.resolveKept(values.map(detachString));
  }

  /**
   * Resolves values like {@link SeriesMap.resolve} without copying them. They must not be slices of larger strings, and
   * the caller must not modify the array.
   */
  resolveKept(values: readonly string[]): S {
    const known = this.#known(values);
    if (known !== undefined) return known;
    if (!this.#isWithinLimits(1)) return this.fold();
    const made = this.#create(values);
    this.#byKey.set(seriesKey(values), made);
    return made;
  }

  /** Returns the `__other__` series and reports a redirected lookup. */
  fold(): S {
    this.#options.onFold();
    return this.#getOther();
  }

  /** Removes the series of these values and returns it. Counts that were folded remain in `__other__`. */
  remove(values: readonly string[]): S | undefined {
    const removed = this.#take(values);
    if (removed !== undefined) this.#options.budget.release();
    return removed;
  }

  /** Returns `true` when `count` further label sets fit under the metric's own limit. */
  hasRoomFor(count: number): boolean {
    return this.#byKey.size + count <= this.#options.limit;
  }

  /** Returns the number of these label sets that have no series yet. */
  countFresh(labelSets: readonly (readonly string[])[]): number {
    return labelSets.filter((values) => !this.#isSettled(seriesKey(values))).length;
  }

  /** Returns `true` when all these label sets have a series or fit under the limits. */
  keeps(labelSets: readonly (readonly string[])[]): boolean {
    return this.#isWithinLimits(this.countFresh(labelSets));
  }

  #known(values: readonly string[]): S | undefined {
    const key = seriesKey(values);
    // An explicit `__other__` label set is the overflow series: a duplicate would make the scrape invalid.
    return key === this.#otherKey ? this.#getOther() : this.#byKey.get(key);
  }

  #isWithinLimits(fresh: number): boolean {
    const { budget, isBudgeted } = this.#options;
    if (fresh === 0) return true;
    return this.hasRoomFor(fresh) && (!isBudgeted || budget.hasRoomFor(fresh));
  }

  #isSettled(key: string): boolean {
    return key === this.#otherKey || this.#byKey.has(key);
  }

  #take(values: readonly string[]): S | undefined {
    // In a metric without labels, the empty label set is the overflow series.
    if (values.length === 0) {
      const only = this.#other;
      this.#other = undefined;
      return only;
    }
    const key = seriesKey(values);
    const known = this.#byKey.get(key);
    this.#byKey.delete(key);
    return known;
  }

  #getOther(): S {
    return (this.#other ??= this.#create(this.#otherValues));
  }

  #create(values: readonly string[]): S {
    this.#options.budget.take();
    return this.#options.create(values);
  }
}

/** Injective: length prefixes distinguish `['a', 'b,c']` from `['a,b', 'c']` for any values. */
export function seriesKey(values: readonly string[]): string {
  if (values.length === 1) return values[0] as string;
  let key = '';
  for (const value of values) key += `${value.length}:${value}`;
  return key;
}
