/** Label that holds the metric name. */
export const METRIC_NAME = '__name__';

const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const PLAIN_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Immutable labels of a series, sorted by name; the metric name is the label `__name__`. No value is empty. */
export class LabelSet {
  /** Label names in ascending order of their UTF-16 code units. */
  readonly names: readonly string[];
  /** Label values, in the order of the names. */
  readonly values: readonly string[];
  #key: string | undefined;

  /**
   * Creates a label set. Label sets of one metric may share the array of names.
   *
   * @param names - Names in ascending order, without duplicates.
   * @param values - Values in the order of the names; none is empty.
   */
  constructor(names: readonly string[], values: readonly string[]) {
    this.names = names;
    this.values = values;
  }

  /** Returns the label set without labels. */
  static get empty(): LabelSet {
    return NO_LABELS;
  }

  /** Returns the label set of an object. A label with an empty value is absent. */
  static of(labels: Readonly<Record<string, string>>): LabelSet {
    const names = Object.keys(labels)
      .filter((it) => labels[it] !== '')
      .toSorted();
    return new LabelSet(
      names,
      names.map((it) => labels[it]!),
    );
  }

  /** Text that is equal for equal label sets only. */
  get key(): string {
    return (this.#key ??= keyOf(this.names, this.values));
  }

  /** Returns the value of a label; empty for an absent label. */
  get(name: string): string {
    // Series have few labels: a scan is faster than a map.
    const index = this.names.indexOf(name);
    return index === -1 ? '' : this.values[index]!;
  }

  /** Returns the labels with another value for one of them; an empty value removes the label. */
  with(name: string, value: string): LabelSet {
    if (value === '') return this.without([name]);
    const at = this.names.indexOf(name);
    if (at !== -1) return new LabelSet(this.names, this.values.with(at, value));
    const next = this.names.findIndex((it) => it > name);
    const index = next === -1 ? this.names.length : next;
    return new LabelSet(
      this.names.toSpliced(index, 0, name),
      this.values.toSpliced(index, 0, value),
    );
  }

  /** Returns the labels without some of them. */
  without(names: readonly string[]): LabelSet {
    return this.#filter((it) => !names.includes(it));
  }

  /** Returns only the labels of these names. */
  only(names: readonly string[]): LabelSet {
    return this.#filter((it) => names.includes(it));
  }

  /** Returns the labels as an object, the metric name as `__name__`. */
  toJSON(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.names.map((it, i) => [it, this.values[i]!]));
  }

  /** Returns the labels as PromQL writes them: `name{label="value"}`. */
  toString(): string {
    const metric = this.get(METRIC_NAME);
    const isPlain = PLAIN_METRIC.test(metric);
    const pairs = this.names.flatMap((name, i) => {
      if (name === METRIC_NAME) return isPlain ? [] : [JSON.stringify(metric)];
      const label = PLAIN_NAME.test(name) ? name : JSON.stringify(name);
      return [`${label}=${JSON.stringify(this.values[i])}`];
    });
    if (pairs.length === 0 && isPlain) return metric;
    return `${isPlain ? metric : ''}{${pairs.join(', ')}}`;
  }

  #filter(keeps: (name: string) => boolean): LabelSet {
    if (this.names.every(keeps)) return this;
    const values = this.values.filter((_, i) => keeps(this.names[i]!));
    return new LabelSet(this.names.filter(keeps), values);
  }
}

// Not a static field: the compiler has those refer to the class before it has its name.
const NO_LABELS = new LabelSet([], []);

/** Returns a text that is equal for equal labels only: the lengths keep values with separators apart. */
function keyOf(names: readonly string[], values: readonly string[]): string {
  let key = '';
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const value = values[i]!;
    key += `${name.length}:${name}${value.length}:${value}`;
  }
  return key;
}

/**
 * Returns a text that is equal for label sets that agree in the chosen labels only.
 *
 * @param chosen - Label names, in one order for all sets that are compared.
 * @param excluded - `true` compares all labels but the chosen ones.
 */
export function groupKey(labels: LabelSet, chosen: readonly string[], excluded: boolean): string {
  let key = '';
  if (excluded) {
    for (let i = 0; i < labels.names.length; i++) {
      const name = labels.names[i]!;
      if (chosen.includes(name)) continue;
      const value = labels.values[i]!;
      key += `${name.length}:${name}${value.length}:${value}`;
    }
    return key;
  }
  for (const name of chosen) {
    const value = labels.get(name);
    key += `${value.length}:${value}`;
  }
  return key;
}

/** Orders label sets by their names and values, as Prometheus sorts them. */
export function compareLabels(a: LabelSet, b: LabelSet): number {
  const shared = Math.min(a.names.length, b.names.length);
  for (let i = 0; i < shared; i++) {
    if (a.names[i] !== b.names[i]) return a.names[i]! < b.names[i]! ? -1 : 1;
    if (a.values[i] !== b.values[i]) return a.values[i]! < b.values[i]! ? -1 : 1;
  }
  return a.names.length - b.names.length;
}
