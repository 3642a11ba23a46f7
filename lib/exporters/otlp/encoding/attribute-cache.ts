import type { SeriesBlock } from '../../../metrics/snapshot/snapshot.js';

type LabelValues = readonly string[];

/**
 * What the labels of series look like in a format, kept as long as the series live: their arrays of label values are the same
 * from one snapshot to the next.
 */
export class AttributeCache<T> {
  readonly #encode: (names: readonly string[], values: LabelValues) => T;
  readonly #blocks = new WeakMap<SeriesBlock['labelSets'], readonly T[]>();
  readonly #series = new WeakMap<LabelValues, T>();

  /** @param encode - Leaves out what is empty: to Prometheus an empty label is none. */
  constructor(encode: (names: readonly string[], values: LabelValues) => T) {
    this.#encode = encode;
  }

  /** Those of each series of a block. */
  of({ labelSets }: SeriesBlock, names: readonly string[]): readonly T[] {
    const known = this.#blocks.get(labelSets);
    if (known !== undefined) return known;
    const made = labelSets.map((values) => this.#ofSeries(values, names));
    this.#blocks.set(labelSets, made);
    return made;
  }

  #ofSeries(values: LabelValues, names: readonly string[]): T {
    const known = this.#series.get(values);
    if (known !== undefined) return known;
    const made = this.#encode(names, values);
    this.#series.set(values, made);
    return made;
  }
}
