import { LabelSet } from '../../query/label-set.js';
import type { Family } from '../chunks/chunk.js';
import { familyKey } from '../chunks/chunk-codec.js';

const NAME = '__name__';
const BOUND = 'le';
const LABEL_SET_BYTES = 200;
const LABEL_BYTES = 16;

/** One kind of series that a family exposes: its own, or the buckets, the sum or the count of a histogram. */
export interface Exposure {
  /** Sample name. */
  readonly name: string;
  readonly part: 'value' | 'bucket' | 'sum' | 'count';
}

/** Returns the series that a family exposes for each of its label sets. */
export function exposuresOf({ name, type }: Family): Exposure[] {
  if (type !== 'histogram') return [{ name, part: 'value' }];
  return [
    { name: `${name}_bucket`, part: 'bucket' },
    { name: `${name}_sum`, part: 'sum' },
    { name: `${name}_count`, part: 'count' },
  ];
}

/** Labels of the series of a family by name, in the order of their values, and the labels that all series have. */
interface Layout {
  /** Names in ascending order. */
  readonly names: readonly string[];
  /** Index of each name among the values of a series, followed by the metric name, the bound and the global values. */
  readonly places: readonly number[];
}

/** Label sets of all series, made when a query needs them and kept while there is room. */
export class SeriesLabels {
  readonly #global: Readonly<Record<string, string>>;
  readonly #maxBytes: number;
  readonly #layouts = new Map<string, Layout>();
  #known = new WeakMap<readonly string[], Map<string, LabelSet>>();
  bytes = 0;

  /** @param global - Labels of every series that has no labels of these names. */
  constructor(global: Readonly<Record<string, string>>, maxBytes: number) {
    this.#global = global;
    this.#maxBytes = maxBytes;
  }

  /**
   * Returns the labels of a series; the same object for the same array of label values.
   *
   * @param bound - Upper bound of a bucket. @defaultValue no label `le`
   */
  of(family: Family, values: readonly string[], { name, bound = '' }: SeriesName): LabelSet {
    const known = this.#known.get(values);
    const key = `${name} ${bound}`;
    const labels = known?.get(key);
    if (labels !== undefined) return labels;
    const made = this.#make(family, values, { name, bound });
    if (this.bytes > this.#maxBytes) this.forget();
    this.bytes += LABEL_SET_BYTES + made.names.length * LABEL_BYTES;
    if (known === undefined) this.#known.set(values, new Map([[key, made]]));
    else known.set(key, made);
    return made;
  }

  /** Forgets all label sets. */
  forget(): void {
    this.#known = new WeakMap();
    this.#layouts.clear();
    this.bytes = 0;
  }

  #make(family: Family, values: readonly string[], { name, bound = '' }: SeriesName): LabelSet {
    const { names, places } = this.#layoutOf(family);
    const all = [...values, name, bound, ...Object.values(this.#global)];
    const ordered = places.map((it) => all[it] ?? '');
    // A label without a value is no label.
    if (!ordered.includes('')) return new LabelSet(names, ordered);
    return LabelSet.of(Object.fromEntries(names.map((it, i) => [it, ordered[i]!])));
  }

  #layoutOf(family: Family): Layout {
    const key = familyKey(family);
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const { labels, type } = family;
    const all = [...labels, NAME, BOUND, ...Object.keys(this.#global)];
    const isShown = (it: string) => it !== BOUND || type === 'histogram' || labels.includes(BOUND);
    const sorted = [...new Set(all)].filter(isShown).toSorted();
    // The labels of a series come before global ones of the same name, as on the page.
    const layout = { names: sorted, places: sorted.map((it) => all.indexOf(it)) };
    this.#layouts.set(key, layout);
    return layout;
  }
}

/** Name of a series among those that its family exposes. */
export interface SeriesName {
  readonly name: string;
  readonly bound?: string;
}

/** Returns a bucket bound as Prometheus has it: a whole number as `1.0`. */
export function boundText(bound: number): string {
  if (bound === Infinity) return '+Inf';
  const text = String(bound);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
