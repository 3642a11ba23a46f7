import type { SampledSpan } from '../../kernel/observer.js';
import type { Exemplar, SeriesBlock } from '../snapshot/snapshot.js';
import type { ExponentialHistogram } from './exponential-histogram.js';

const INITIAL_SERIES = 4;

/** What series need to know about the world. */
export interface SeriesContext {
  /** Unix time, milliseconds. */
  wallMs(): number;
  /** Called with the numbers of a series that is taken out. */
  ended?(series: SeriesBlock): void;
}

const NOWHERE: SeriesContext = { wallMs: () => 0 };

/** The numbers of many series in one typed array, so that recording writes a slot and allocates nothing. */
export class SlotStore {
  readonly #stride: number;
  readonly #bounds: readonly number[];
  readonly #context: SeriesContext;
  /** By slot; `undefined` for one whose series was removed. */
  readonly #labelSets: (readonly string[] | undefined)[] = [];
  /** Label sets that no snapshot has shown yet. */
  #unfrozen: (readonly string[])[] = [];
  /** Where the numbers of removed series begin. */
  readonly #free: number[] = [];
  #createdAtMs = new Float64Array(INITIAL_SERIES);
  /** What snapshots share as long as no series comes or goes. */
  #labelSetsNow: readonly (readonly string[])[] | undefined;
  /** By the index of the number that counts the bucket; there are none before the first one. */
  #exemplars: (Exemplar | undefined)[] | undefined;
  /** By slot; there are none unless somebody asked for them. */
  #exponential: (ExponentialHistogram | undefined)[] | undefined;
  #updatedAtMs: number[] | undefined;
  /** Notes that a series was set; there is none where nobody asks when. */
  touch: ((offset: number) => void) | undefined;
  /** Replaced when it grows: read it anew for every write. */
  data: Float64Array;

  /**
   * @param stride - Numbers per series.
   * @param bounds - Bounds of the histogram that the numbers belong to, if they do.
   */
  constructor(stride: number, bounds: readonly number[] = [], context: SeriesContext = NOWHERE) {
    this.#stride = stride;
    this.#bounds = Object.freeze([...bounds]);
    this.#context = context;
    this.data = new Float64Array(INITIAL_SERIES * stride);
  }

  /** Adds a series at 0 and returns the index of its first number. */
  allocate(labelValues: readonly string[]): number {
    const offset = this.#free.pop() ?? this.#append();
    const slot = offset / this.#stride;
    this.#labelSets[slot] = labelValues;
    this.#unfrozen.push(labelValues);
    // Series that come and go while nobody looks.
    if (this.#unfrozen.length > 2 * this.#labelSets.length) this.#freeze();
    this.#createdAtMs[slot] = this.#context.wallMs();
    if (this.#updatedAtMs !== undefined) this.#updatedAtMs[slot] = 0;
    this.#labelSetsNow = undefined;
    return offset;
  }

  /** Takes a series out; the next one that is added gets its numbers, at 0. Nobody may write to them before. */
  release(offset: number): void {
    const end = offset + this.#stride;
    this.#context.ended?.(this.#lastOf(offset));
    this.#labelSets[offset / this.#stride] = undefined;
    this.#labelSetsNow = undefined;
    this.data.fill(0, offset, end);
    this.#exemplars?.fill(undefined, offset, end);
    if (this.#exponential) this.#exponential[offset / this.#stride] = undefined;
    this.#free.push(offset);
  }

  /** A store of the same layout that no snapshot shows. */
  apart(): SlotStore {
    return new SlotStore(this.#stride);
  }

  /** Keeps the most recent observation of a bucket, one for each. */
  exemplify(index: number, value: number, { traceId, spanId }: SampledSpan): void {
    const exemplars = (this.#exemplars ??= []);
    // Without holes, a copy of it is a copy of memory.
    while (exemplars.length < this.data.length) exemplars.push(undefined);
    exemplars[index] = { value, atMs: this.#context.wallMs(), traceId, spanId };
  }

  /** Keeps the exponential buckets of a series beside its numbers. */
  accompany(offset: number, histogram: ExponentialHistogram): void {
    this.#exponential ??= [];
    this.#exponential[offset / this.#stride] = histogram;
  }

  /** Keeps when each series was set last. */
  keepTimes(): void {
    const times: number[] = [];
    this.#updatedAtMs = times;
    this.touch = (offset) => (times[offset / this.#stride] = this.#context.wallMs());
  }

  /** The sum of all numbers; what a series does not use is 0. */
  sum(): number {
    let total = 0;
    for (const value of this.data) total += value;
    return total;
  }

  /** A copy that later writes do not reach, and through which nobody reaches what is recorded. */
  snapshot(): SeriesBlock {
    this.#freeze();
    const stride = this.#stride;
    this.#labelSetsNow ??= Object.freeze(this.#labelSets.filter((it) => it !== undefined));
    return Object.freeze({
      labelSets: this.#labelSetsNow,
      createdAtMs: this.#kept(this.#createdAtMs, 1),
      values: this.#kept(this.data, stride),
      stride,
      bounds: this.#bounds,
      updatedAtMs: this.#updatedAtMs && Float64Array.from(this.#kept(this.#updatedAtMs, 1)),
      exemplars: this.#exemplars && frozen(this.#kept(this.#exemplars, stride)),
      // Every series has them, or none.
      exponential: this.#exponential?.flatMap((it) => it?.snapshot() ?? []),
    });
  }

  /** What was recorded in a series that is taken out. */
  #lastOf(offset: number): SeriesBlock {
    const stride = this.#stride;
    const slot = offset / stride;
    const exponential = this.#exponential?.[slot];
    return Object.freeze({
      labelSets: Object.freeze([this.#labelSets[slot]!]),
      createdAtMs: this.#createdAtMs.slice(slot, slot + 1),
      values: this.data.slice(offset, offset + stride),
      stride,
      bounds: this.#bounds,
      exemplars: this.#exemplars?.slice(offset, offset + stride),
      exponential: exponential && [exponential.snapshot()],
      endedAtMs: this.#context.wallMs(),
    });
  }

  #freeze(): void {
    for (const labelSet of this.#unfrozen.splice(0)) Object.freeze(labelSet);
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

/** Not when they are made: that would be part of a call. */
function frozen(exemplars: readonly (Exemplar | undefined)[]): typeof exemplars {
  for (const it of exemplars) if (it !== undefined) Object.freeze(it);
  return exemplars;
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
