import { LabelSet } from '../../query/label-set.js';
import type { Family } from '../chunks/chunk.js';

const NAME = '__name__';
const BOUND = 'le';
const LABEL_SET_BYTES = 200;
const LABEL_BYTES = 16;

/** One kind of series that a family exposes: its own, or the buckets, the sum or the count of a histogram. */
export interface Exposure {
  readonly part: 'value' | 'bucket' | 'sum' | 'count';
  /** Names of its series; a bucket has one for each bound, in ascending order. */
  readonly names: readonly SeriesName[];
}

/** Name of a series among those that its family exposes. */
export interface SeriesName {
  /** Sample name. */
  readonly name: string;
  /** Upper bound of a bucket; empty for other series. */
  readonly bound: string;
  /** Text that tells the names of one family apart. */
  readonly key: string;
}

/** Returns the series that a family exposes for each of its label sets. */
export function exposuresOf({ name, type, bounds }: Family): Exposure[] {
  if (type !== 'histogram') return [{ part: 'value', names: [seriesName(name)] }];
  const bucket = (bound: number) => seriesName(`${name}_bucket`, boundText(bound));
  return [
    { part: 'bucket', names: [...bounds, Infinity].map(bucket) },
    { part: 'sum', names: [seriesName(`${name}_sum`)] },
    { part: 'count', names: [seriesName(`${name}_count`)] },
  ];
}

function seriesName(name: string, bound = ''): SeriesName {
  return { name, bound, key: `${name} ${bound}` };
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
  #layouts = new WeakMap<Family, Layout>();
  #known = new WeakMap<readonly string[], Map<string, LabelSet>>();
  /** Label values of decoded chunks, by their text. */
  readonly #shared = new Map<string, readonly string[]>();
  bytes = 0;

  /** @param global - Labels of every series that has no labels of these names. */
  constructor(global: Readonly<Record<string, string>>, maxBytes: number) {
    this.#global = global;
    this.#maxBytes = maxBytes;
  }

  /** Returns the labels of a series; the same object for the same array of label values. */
  of(family: Family, values: readonly string[], series: SeriesName): LabelSet {
    const known = this.#known.get(values);
    const labels = known?.get(series.key);
    if (labels !== undefined) return labels;
    const made = this.#make(family, values, series);
    if (this.bytes > this.#maxBytes) this.forget();
    this.bytes += LABEL_SET_BYTES + made.names.length * LABEL_BYTES;
    if (known === undefined) this.#known.set(values, new Map([[series.key, made]]));
    else known.set(series.key, made);
    return made;
  }

  /** Returns one array for equal label values, so that chunks that are decoded one after the other share theirs. */
  shared(values: readonly string[]): readonly string[] {
    const text = values.join('\0');
    const known = this.#shared.get(text);
    if (known === undefined) {
      if (this.bytes > this.#maxBytes) this.forget();
      this.bytes += LABEL_SET_BYTES + 2 * text.length;
      this.#shared.set(text, values);
      return values;
    }
    // Values that contain the separator may have the text of other ones.
    const isEqual = known.length === values.length && known.every((it, i) => it === values[i]);
    return isEqual ? known : values;
  }

  /** Forgets all label sets. */
  forget(): void {
    this.#shared.clear();
    this.#known = new WeakMap();
    this.#layouts = new WeakMap();
    this.bytes = 0;
  }

  #make(family: Family, values: readonly string[], { name, bound }: SeriesName): LabelSet {
    const { names, places } = this.#layoutOf(family);
    const all = [...values, name, bound, ...Object.values(this.#global)];
    const ordered = places.map((it) => all[it] ?? '');
    // A label without a value is no label.
    if (!ordered.includes('')) return new LabelSet(names, ordered);
    return LabelSet.of(Object.fromEntries(names.map((it, i) => [it, ordered[i]!])));
  }

  #layoutOf(family: Family): Layout {
    const known = this.#layouts.get(family);
    if (known !== undefined) return known;
    const { labels, type } = family;
    const all = [...labels, NAME, BOUND, ...Object.keys(this.#global)];
    const isShown = (it: string) => it !== BOUND || type === 'histogram' || labels.includes(BOUND);
    const sorted = [...new Set(all)].filter(isShown).toSorted();
    // The labels of a series come before global ones of the same name, as on the page.
    const layout = { names: sorted, places: sorted.map((it) => all.indexOf(it)) };
    this.#layouts.set(family, layout);
    return layout;
  }
}

/** Returns a bucket bound as Prometheus has it: a whole number as `1.0`. */
function boundText(bound: number): string {
  if (bound === Infinity) return '+Inf';
  const text = String(bound);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
