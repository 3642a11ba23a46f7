import type { SeriesBlock } from './snapshot.js';

const INITIAL_SERIES = 4;

/** The numbers of many series in one typed array, so that recording writes a slot and allocates nothing. */
export class SlotStore {
  readonly #stride: number;
  readonly #bounds: readonly number[];
  /** By slot; `undefined` for one whose series was removed. */
  readonly #labelSets: (readonly string[] | undefined)[] = [];
  readonly #free: number[] = [];
  /** Replaced when it grows: read it anew for every write. */
  data: Float64Array;

  /**
   * @param stride - Numbers per series.
   * @param bounds - Bounds of the histogram that the numbers belong to, if they do.
   */
  constructor(stride: number, bounds: readonly number[] = []) {
    this.#stride = stride;
    this.#bounds = Object.freeze([...bounds]);
    this.data = new Float64Array(INITIAL_SERIES * stride);
  }

  /** Adds a series at 0 and returns the index of its first number. */
  allocate(labelValues: readonly string[]): number {
    const freed = this.#free.pop();
    if (freed !== undefined) {
      this.#labelSets[freed / this.#stride] = Object.freeze(labelValues);
      return freed;
    }
    const offset = this.#labelSets.length * this.#stride;
    if (offset === this.data.length) {
      const grown = new Float64Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    this.#labelSets.push(Object.freeze(labelValues));
    return offset;
  }

  /** Takes a series out; the next one that is added gets its numbers, at 0. Nobody may write to them before. */
  release(offset: number): void {
    this.#labelSets[offset / this.#stride] = undefined;
    this.data.fill(0, offset, offset + this.#stride);
    this.#free.push(offset);
  }

  /** The sum of all numbers; what a series does not use is 0. */
  sum(): number {
    let total = 0;
    for (const value of this.data) total += value;
    return total;
  }

  /** A copy that later writes do not reach, and through which nobody reaches what is recorded. */
  snapshot(): SeriesBlock {
    const labelSets = Object.freeze(this.#labelSets.filter((it) => it !== undefined));
    const values = this.#keptValues();
    return Object.freeze({ labelSets, values, stride: this.#stride, bounds: this.#bounds });
  }

  #keptValues(): Float64Array {
    const stride = this.#stride;
    const values = this.data.slice(0, this.#labelSets.length * stride);
    if (this.#free.length === 0) return values;
    let kept = 0;
    this.#labelSets.forEach((labelValues, slot) => {
      if (labelValues === undefined) return;
      values.copyWithin(kept, slot * stride, (slot + 1) * stride);
      kept += stride;
    });
    return values.slice(0, kept);
  }
}
