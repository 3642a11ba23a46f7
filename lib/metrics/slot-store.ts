import type { SeriesBlock } from './snapshot.js';

const INITIAL_SERIES = 4;

/** The numbers of many series in one typed array, so that recording writes a slot and allocates nothing. */
export class SlotStore {
  readonly #stride: number;
  readonly #bounds: readonly number[];
  readonly #labelSets: (readonly string[])[] = [];
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
    const offset = this.#labelSets.length * this.#stride;
    if (offset === this.data.length) {
      const grown = new Float64Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    this.#labelSets.push(Object.freeze(labelValues));
    return offset;
  }

  /** The sum of all numbers; what a series does not use is 0. */
  sum(): number {
    let total = 0;
    for (const value of this.data) total += value;
    return total;
  }

  /** A copy that later writes do not reach, and through which nobody reaches what is recorded. */
  snapshot(): SeriesBlock {
    const labelSets = Object.freeze(this.#labelSets.slice());
    const values = this.data.slice(0, labelSets.length * this.#stride);
    return Object.freeze({ labelSets, values, stride: this.#stride, bounds: this.#bounds });
  }
}
