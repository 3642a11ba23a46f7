import { seriesKey } from '../instruments/series-map.js';
import type { Exemplar, SeriesBlock } from '../snapshot/snapshot.js';

// Floating-point sums depend on the order of processes; a relative decrease up to this size is rounding.
const ROUNDING = 1e-12;

/** Location of a series in a layout. */
export interface Place {
  layout: SeriesLayout;
  slot: number;
  /** Start order of the newest process that has the series. */
  order: number;
  readonly key: string;
  readonly labels: readonly string[];
}

/** Value layout and label names of a block. */
export type LayoutShape = Pick<SeriesBlock, 'bounds' | 'stride' | 'labels'>;

/** Returns the key of a series, which names its labels where they differ from those of the definition. */
export function keyIn({ labels }: LayoutShape, values: readonly string[]): string {
  return labels === undefined ? seriesKey(values) : `${labels.join()}=${seriesKey(values)}`;
}

/** Values of all series that share a value layout, merged over all processes; see {@link SeriesBlock}. */
export class SeriesLayout {
  readonly bounds: readonly number[];
  readonly stride: number;
  /** Label names, if they differ from those of the definition. */
  readonly labels: readonly string[] | undefined;
  /** Series by slot. */
  readonly places: Place[] = [];
  /** Retained counts of ended processes. */
  readonly #kept: number[] = [];
  readonly #createdAtMs: number[] = [];
  readonly #exemplars = new Map<number, Exemplar>();
  #labelSets: readonly (readonly string[])[] | undefined;
  #shown: Float64Array | undefined;

  constructor({ bounds, stride, labels }: LayoutShape) {
    this.bounds = Object.freeze([...bounds]);
    this.stride = stride;
    this.labels = labels;
  }

  /** Adds a series at 0. */
  append(place: Place): void {
    place.layout = this;
    place.slot = this.places.length;
    this.places.push(place);
    for (let i = 0; i < this.stride; i++) this.#kept.push(0);
    this.#createdAtMs.push(Infinity);
    this.#labelSets = undefined;
  }

  /** Removes the matching series and compacts the slots. */
  removeAll(isRemoved: (place: Place) => boolean): void {
    const { stride } = this;
    const before = this.places.splice(0);
    const kept = this.#kept.splice(0);
    const createdAtMs = this.#createdAtMs.splice(0);
    const exemplars = new Map(this.#exemplars);
    const shown = this.#shown;
    const stillShown: number[] = [];
    this.#exemplars.clear();
    for (const [slot, place] of before.entries()) {
      if (isRemoved(place)) continue;
      this.append(place);
      this.#createdAtMs[place.slot] = createdAtMs[slot] as number;
      for (let i = 0; i < stride; i++) {
        this.#kept[place.slot * stride + i] = kept[slot * stride + i] as number;
        stillShown.push(shown?.[slot * stride + i] ?? -Infinity);
        const exemplar = exemplars.get(slot * stride + i);
        if (exemplar !== undefined) this.#exemplars.set(place.slot * stride + i, exemplar);
      }
    }
    this.#labelSets = undefined;
    this.#shown = Float64Array.from(stillShown);
  }

  /** Returns the retained counts of one series. */
  keptOf(slot: number): number[] {
    return this.#kept.slice(slot * this.stride, (slot + 1) * this.stride);
  }

  /** Creation time of a series: the earliest in any process. */
  createdAtMsOf(slot: number): number {
    return this.#createdAtMs[slot] as number;
  }

  /** Lowers the creation time of a series to `sinceMs` when that is earlier. */
  exists(slot: number, sinceMs: number): void {
    if (sinceMs < (this.#createdAtMs[slot] as number)) this.#createdAtMs[slot] = sinceMs;
  }

  /** Adds to the retained counts. */
  keep(index: number, amount: number): void {
    this.#kept[index]! += amount;
  }

  /** Keeps the exemplar when it is the most recent of its bucket. */
  exemplify(index: number, exemplar: Exemplar): void {
    const known = this.#exemplars.get(index);
    if (known === undefined || exemplar.atMs > known.atMs) this.#exemplars.set(index, exemplar);
  }

  /** Returns a copy of the retained counts, to which live counts are added. */
  copyKept(): Float64Array {
    return Float64Array.from(this.#kept);
  }

  /** Builds the block for these values. */
  block(values: Float64Array, isCounted: boolean): SeriesBlock {
    if (isCounted) this.#withoutRounding(values);
    this.#labelSets ??= Object.freeze(this.places.map(({ labels }) => labels));
    return Object.freeze({
      ...(this.labels && { labels: this.labels }),
      labelSets: this.#labelSets,
      createdAtMs: Float64Array.from(this.#createdAtMs, (it) => (it === Infinity ? 0 : it)),
      values,
      stride: this.stride,
      bounds: this.bounds,
      exemplars: this.#exemplars.size === 0 ? undefined : this.#exemplarList(),
    });
  }

  #exemplarList(): (Exemplar | undefined)[] {
    return Array.from({ length: this.#kept.length }, (_, i) => this.#exemplars.get(i));
  }

  #withoutRounding(values: Float64Array): void {
    this.#shown?.forEach((before, i) => {
      const now = values[i] as number;
      if (now < before && before - now <= Math.abs(before) * ROUNDING) values[i] = before;
    });
    this.#shown = values;
  }
}

/** Returns `true` when two lists of bounds are equal. */
export function sameBounds(one: readonly number[], other: readonly number[]): boolean {
  return one === other || (one.length === other.length && one.every((it, i) => it === other[i]));
}

/** Returns `true` when two blocks have the same label names. */
export function sameLabels(one: LayoutShape['labels'], other: LayoutShape['labels']): boolean {
  return one === other || one?.join() === other?.join();
}

/**
 * Maps the value indices of a histogram series to another list of bounds. Each bucket is added to the bucket with the
 * same or the next higher bound. The cumulative count therefore remains exact at every bound that both lists share, and
 * the total count and the sum are preserved.
 *
 * @returns Target index for each value: the count per bound, the count of `+Inf`, and the sum.
 */
export function rebucketing(from: readonly number[], to: readonly number[]): number[] {
  const places = from.map((bound) => {
    const place = to.findIndex((it) => it >= bound);
    return place === -1 ? to.length : place;
  });
  return [...places, to.length, to.length + 1];
}
