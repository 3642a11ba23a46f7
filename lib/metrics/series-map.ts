import { OTHER, toLabelValue } from '../kernel/label.js';

/** How a metric's series are made and bounded. */
export interface SeriesMapOptions<S> {
  readonly labelNames: readonly string[];
  /** Series kept; what comes after shares one series. */
  readonly limit: number;
  create(labelValues: readonly string[]): S;
  /** Called for every look-up that the limit turned away. */
  onFold(): void;
}

/** The series of one metric by label values; it never grows beyond its limit plus the series `__other__`. */
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

  /**
   * The series of these values, made when it is new and within the limit.
   *
   * @param rawValues - One value per label name, in their order.
   */
  resolve(rawValues: readonly unknown[]): S {
    const values = rawValues.map(toLabelValue);
    const key = seriesKey(values);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    // Asked for by name it is the same series: two of them would make the scrape invalid.
    if (key === this.#otherKey) return this.#getOther();
    if (this.#byKey.size >= this.#options.limit) return this.fold();
    const made = this.#options.create(values);
    this.#byKey.set(key, made);
    return made;
  }

  /** The series `__other__`, counted as a look-up that the limit turned away. */
  fold(): S {
    this.#options.onFold();
    return this.#getOther();
  }

  /** Forgets the series of these values and returns it; what exceeded the limit stays in `__other__`. */
  remove(rawValues: readonly unknown[]): S | undefined {
    // The one series of a metric without labels is that of all values, too.
    if (rawValues.length === 0) {
      const only = this.#other;
      this.#other = undefined;
      return only;
    }
    const key = seriesKey(rawValues.map(toLabelValue));
    const known = this.#byKey.get(key);
    this.#byKey.delete(key);
    return known;
  }

  /** Whether that many label sets get a series, whichever they are. */
  hasRoomFor(count: number): boolean {
    return this.#byKey.size + count <= this.#options.limit;
  }

  /** Whether all these label sets have a series or would get one. */
  keeps(labelSets: readonly (readonly unknown[])[]): boolean {
    const fresh = labelSets.filter(
      (values) => !this.#isSettled(seriesKey(values.map(toLabelValue))),
    );
    return this.#byKey.size + fresh.length <= this.#options.limit;
  }

  #isSettled(key: string): boolean {
    return key === this.#otherKey || this.#byKey.has(key);
  }

  #getOther(): S {
    return (this.#other ??= this.#options.create(this.#otherValues));
  }
}

/** Injective: the length in front keeps `['a', 'b,c']` apart from `['a,b', 'c']` whatever the values contain. */
export function seriesKey(values: readonly string[]): string {
  if (values.length === 1) return values[0] as string;
  let key = '';
  for (const value of values) key += `${value.length}:${value}`;
  return key;
}
