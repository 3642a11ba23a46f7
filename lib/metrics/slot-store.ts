import type { SampledSpan } from '../kernel/sampled-span.js';
import type { Exemplar } from './exemplar.js';
import type { SeriesBlock } from './snapshot.js';

const INITIAL_SERIES = 4;

/** The numbers of many series in one typed array, so that recording writes a slot and allocates nothing. */
export class SlotStore {
  readonly #stride: number;
  readonly #bounds: readonly number[];
  readonly #wallMs: () => number;
  /** By slot; `undefined` for one whose series was removed. */
  readonly #labelSets: (readonly string[] | undefined)[] = [];
  /** Where the numbers of removed series begin. */
  readonly #free: number[] = [];
  #createdAtMs = new Float64Array(INITIAL_SERIES);
  /** What snapshots share as long as no series comes or goes. */
  #labelSetsNow: readonly (readonly string[])[] | undefined;
  /** By the index of the number that counts the bucket; there are none before the first one. */
  #exemplars: (Exemplar | undefined)[] | undefined;
  #updatedAtMs: number[] | undefined;
  /** Notes that a series was set; there is none where nobody asks when. */
  touch: ((offset: number) => void) | undefined;
  /** Replaced when it grows: read it anew for every write. */
  data: Float64Array;

  /**
   * @param stride - Numbers per series.
   * @param bounds - Bounds of the histogram that the numbers belong to, if they do.
   * @param wallMs - Tells when a series was added.
   */
  constructor(stride: number, bounds: readonly number[] = [], wallMs: () => number = () => 0) {
    this.#stride = stride;
    this.#bounds = Object.freeze([...bounds]);
    this.#wallMs = wallMs;
    this.data = new Float64Array(INITIAL_SERIES * stride);
  }

  /** Adds a series at 0 and returns the index of its first number. */
  allocate(labelValues: readonly string[]): number {
    const offset = this.#free.pop() ?? this.#append();
    const slot = offset / this.#stride;
    this.#labelSets[slot] = Object.freeze(labelValues);
    this.#createdAtMs[slot] = this.#wallMs();
    if (this.#updatedAtMs !== undefined) this.#updatedAtMs[slot] = 0;
    this.#labelSetsNow = undefined;
    return offset;
  }

  /** Takes a series out; the next one that is added gets its numbers, at 0. Nobody may write to them before. */
  release(offset: number): void {
    const end = offset + this.#stride;
    this.#labelSets[offset / this.#stride] = undefined;
    this.#labelSetsNow = undefined;
    this.data.fill(0, offset, end);
    this.#exemplars?.fill(undefined, offset, end);
    this.#free.push(offset);
  }

  /** Keeps the most recent observation of a bucket, one for each. */
  exemplify(index: number, value: number, { traceId, spanId }: SampledSpan): void {
    const exemplars = (this.#exemplars ??= []);
    // Without holes, a copy of it is a copy of memory.
    while (exemplars.length < this.data.length) exemplars.push(undefined);
    exemplars[index] = { value, atMs: this.#wallMs(), traceId, spanId };
  }

  /** Keeps when each series was set last. */
  keepTimes(): void {
    const times: number[] = [];
    this.#updatedAtMs = times;
    this.touch = (offset) => (times[offset / this.#stride] = this.#wallMs());
  }

  /** The sum of all numbers; what a series does not use is 0. */
  sum(): number {
    let total = 0;
    for (const value of this.data) total += value;
    return total;
  }

  /** A copy that later writes do not reach, and through which nobody reaches what is recorded. */
  snapshot(): SeriesBlock {
    const stride = this.#stride;
    this.#labelSetsNow ??= Object.freeze(this.#labelSets.filter((it) => it !== undefined));
    return Object.freeze({
      labelSets: this.#labelSetsNow,
      createdAtMs: this.#kept(this.#createdAtMs, 1),
      values: this.#kept(this.data, stride),
      stride,
      bounds: this.#bounds,
      updatedAtMs: this.#updatedAtMs && Float64Array.from(this.#kept(this.#updatedAtMs, 1)),
      exemplars: this.#exemplars && this.#kept(this.#exemplars, stride),
    });
  }

  #append(): number {
    const offset = this.#labelSets.length * this.#stride;
    if (offset === this.data.length) {
      this.data = doubled(this.data);
      this.#createdAtMs = doubled(this.#createdAtMs);
    }
    return offset;
  }

  /** A copy of a column without what belonged to removed series. */
  #kept<C extends Column<C>>(column: C, perSeries: number): C {
    const copy = column.slice(0, this.#labelSets.length * perSeries);
    if (this.#free.length === 0) return copy;
    let kept = 0;
    let from = 0;
    // From one gap to the next: there are few of them.
    for (const offset of this.#free.toSorted((a, b) => a - b)) {
      const gap = (offset / this.#stride) * perSeries;
      copy.copyWithin(kept, from, gap);
      kept += gap - from;
      from = gap + perSeries;
    }
    copy.copyWithin(kept, from);
    return copy.slice(0, kept + copy.length - from);
  }
}

/** What arrays and typed arrays have in common. */
interface Column<C> {
  readonly length: number;
  slice(from: number, to: number): C;
  copyWithin(to: number, from: number, end?: number): unknown;
}

function doubled(numbers: Float64Array): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(numbers.length * 2);
  grown.set(numbers);
  return grown;
}
