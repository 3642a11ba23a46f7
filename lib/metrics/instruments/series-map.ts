import { OTHER, detachString } from '../../kernel/label.js';
import type { SeriesBudget } from '../cardinality/cardinality.js';

/** How a metric's series are made and bounded. */
export interface SeriesMapOptions<S> {
  readonly labelNames: readonly string[];
  /** Series kept; what comes after shares one series. */
  readonly limit: number;
  /** The series of all metrics. */
  readonly budget: SeriesBudget;
  /** Whether the budget turns further series away, too. */
  readonly isBudgeted: boolean;
  create(labelValues: readonly string[]): S;
  /** Called for every look-up that a limit turned away. */
  onFold(): void;
}

/**
 * The series of one metric by label values, one per label name in their order; it never grows beyond its limit plus the
 * series `__other__`.
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

  /** Number of series, `__other__` included. */
  get size(): number {
    return this.#byKey.size + (this.#other === undefined ? 0 : 1);
  }

  /** The series of these values, made when it is new and within the limits. */
  resolve(values: readonly string[]): S {
    return this.#known(values) ?? this.resolveKept(values.map(detachString));
  }

  /** Like {@link SeriesMap.resolve} for values that keep nothing else in memory, in a list that nobody changes. */
  resolveKept(values: readonly string[]): S {
    const known = this.#known(values);
    if (known !== undefined) return known;
    if (!this.#isWithinLimits(1)) return this.fold();
    const made = this.#create(values);
    this.#byKey.set(seriesKey(values), made);
    return made;
  }

  /** The series `__other__`, counted as a look-up that a limit turned away. */
  fold(): S {
    this.#options.onFold();
    return this.#getOther();
  }

  /** Forgets the series of these values and returns it; what exceeded a limit stays in `__other__`. */
  remove(values: readonly string[]): S | undefined {
    const removed = this.#take(values);
    if (removed !== undefined) this.#options.budget.release();
    return removed;
  }

  /** Whether that many label sets get a series under the metric's own limit, whichever they are. */
  hasRoomFor(count: number): boolean {
    return this.#byKey.size + count <= this.#options.limit;
  }

  /** How many of these label sets have no series yet. */
  countFresh(labelSets: readonly (readonly string[])[]): number {
    return labelSets.filter((values) => !this.#isSettled(seriesKey(values))).length;
  }

  /** Whether all these label sets have a series or would get one. */
  keeps(labelSets: readonly (readonly string[])[]): boolean {
    return this.#isWithinLimits(this.countFresh(labelSets));
  }

  #known(values: readonly string[]): S | undefined {
    const key = seriesKey(values);
    // Asked for by name it is the same series: two of them would make the scrape invalid.
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
    // The one series of a metric without labels is that of all values, too.
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

/** Injective: the length in front keeps `['a', 'b,c']` apart from `['a,b', 'c']` whatever the values contain. */
export function seriesKey(values: readonly string[]): string {
  if (values.length === 1) return values[0] as string;
  let key = '';
  for (const value of values) key += `${value.length}:${value}`;
  return key;
}
