import type { Exemplar, SeriesBlock } from '../snapshot/snapshot.js';

// Sums of fractions depend on their order, and that of processes changes: this much of a decrease is none.
const ROUNDING = 1e-12;

/** Where a series has its numbers. */
export interface Place {
  layout: SeriesLayout;
  slot: number;
  /** Order of the newest process that has the series. */
  order: number;
  readonly key: string;
  readonly labels: readonly string[];
}

/** The numbers of the series that share a value layout, of all processes together; see {@link SeriesBlock}. */
export class SeriesLayout {
  readonly bounds: readonly number[];
  readonly stride: number;
  /** By slot. */
  readonly places: Place[] = [];
  /** What processes that have ended counted. */
  readonly #kept: number[] = [];
  readonly #createdAtMs: number[] = [];
  readonly #exemplars = new Map<number, Exemplar>();
  #labelSets: readonly (readonly string[])[] | undefined;
  #shown: Float64Array | undefined;

  constructor(bounds: readonly number[], stride: number) {
    this.bounds = Object.freeze([...bounds]);
    this.stride = stride;
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

  /** Takes series out; the others move up. */
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

  /** What is kept of one series. */
  keptOf(slot: number): number[] {
    return this.#kept.slice(slot * this.stride, (slot + 1) * this.stride);
  }

  /** When a series began to count: in the first process that had it. */
  createdAtMsOf(slot: number): number {
    return this.#createdAtMs[slot] as number;
  }

  /** Notes since when a series has counted. */
  exists(slot: number, sinceMs: number): void {
    if (sinceMs < (this.#createdAtMs[slot] as number)) this.#createdAtMs[slot] = sinceMs;
  }

  /** Adds to what is kept. */
  keep(index: number, amount: number): void {
    this.#kept[index]! += amount;
  }

  /** Keeps the most recent exemplar of a bucket. */
  exemplify(index: number, exemplar: Exemplar): void {
    const known = this.#exemplars.get(index);
    if (known === undefined || exemplar.atMs > known.atMs) this.#exemplars.set(index, exemplar);
  }

  /** The numbers that are kept, to add others to. */
  copyKept(): Float64Array {
    return Float64Array.from(this.#kept);
  }

  /** The block that these numbers make. */
  block(values: Float64Array, isCounted: boolean): SeriesBlock {
    if (isCounted) this.#withoutRounding(values);
    this.#labelSets ??= Object.freeze(this.places.map(({ labels }) => labels));
    return Object.freeze({
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

/** Whether two lists of bounds are the same. */
export function sameBounds(one: readonly number[], other: readonly number[]): boolean {
  return one === other || (one.length === other.length && one.every((it, i) => it === other[i]));
}

/**
 * Where the numbers of a histogram's series belong among other bounds: each bucket goes to the one that ends at its own
 * bound or next above it, so that the cumulative count is exact at every bound that both have, and the number and the sum
 * of all observations stay what they are.
 *
 * @returns The index in the other layout for each of count per bound, count of +Inf, and sum.
 */
export function rebucketing(from: readonly number[], to: readonly number[]): number[] {
  const places = from.map((bound) => {
    const place = to.findIndex((it) => it >= bound);
    return place === -1 ? to.length : place;
  });
  return [...places, to.length, to.length + 1];
}
