import type { SampledSpan } from '../../kernel/observer.js';
import type { Exemplar, SeriesBlock } from '../snapshot/snapshot.js';
import type { ExponentialHistogram } from './exponential-histogram.js';

const INITIAL_SERIES = 4;

/** Dependencies of the series in a {@link SlotStore}. */
export interface SeriesContext {
  /** Returns the Unix time in milliseconds. */
  wallMs(): number;
  /** Called with the values of a removed series. */
  ended?(series: SeriesBlock): void;
}

const NOWHERE: SeriesContext = { wallMs: () => 0 };

/** Values of many series in one typed array, so that recording writes a slot and allocates nothing. */
export class SlotStore {
  readonly #stride: number;
  readonly #bounds: readonly number[];
  readonly #context: SeriesContext;
  /** By slot; `undefined` for a removed series. */
  readonly #labelSets: (readonly string[] | undefined)[] = [];
  /** Label sets that no snapshot contains yet and that are therefore not frozen. */
  #unfrozen: (readonly string[])[] = [];
  /** Offsets of removed series. */
  readonly #free: number[] = [];
  #createdAtMs = new Float64Array(INITIAL_SERIES);
  /** Shared by snapshots while no series is added or removed. */
  #labelSetsNow: readonly (readonly string[])[] | undefined;
  /** By the index of the bucket count; allocated with the first exemplar. */
  #exemplars: (Exemplar | undefined)[] | undefined;
  /** By slot; allocated only when exponential buckets are recorded. */
  #exponential: (ExponentialHistogram | undefined)[] | undefined;
  #updatedAtMs: number[] | undefined;
  /** Records the time at which a series was set. Undefined unless times are tracked. */
  touch: ((offset: number) => void) | undefined;
  /** Replaced when it grows: read the property for every write. */
  data: Float64Array;

  /**
   * @param stride - Values per series.
   * @param bounds - Bucket bounds of a histogram; empty for other metrics.
   */
  constructor(stride: number, bounds: readonly number[] = [], context: SeriesContext = NOWHERE) {
    this.#stride = stride;
    this.#bounds = Object.freeze([...bounds]);
    this.#context = context;
    this.data = new Float64Array(INITIAL_SERIES * stride);
  }

  /** Number of series. */
  get size(): number {
    return this.#labelSets.length - this.#free.length;
  }

  /**
   * Adds a series at 0 and returns the offset of its first value.
   *
   * @param createdAtMs - Unix time in milliseconds since which the series exists. @defaultValue now
   */
  allocate(labelValues: readonly string[], createdAtMs = this.#context.wallMs()): number {
    const offset = this.#free.pop() ?? this.#append();
    const slot = offset / this.#stride;
    this.#labelSets[slot] = labelValues;
    this.#unfrozen.push(labelValues);
    // Bounds the list when series are added and removed without snapshots in between.
    if (this.#unfrozen.length > 2 * this.#labelSets.length) this.#freeze();
    this.#createdAtMs[slot] = createdAtMs;
    if (this.#updatedAtMs !== undefined) this.#updatedAtMs[slot] = 0;
    this.#labelSetsNow = undefined;
    return offset;
  }

  /** Removes a series. The next added series reuses its slot, at 0; the slot must not be written before. */
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

  /** Sets the exemplar of a bucket, replacing the previous one. */
  exemplify(index: number, value: number, { traceId, spanId }: SampledSpan): void {
    const exemplars = (this.#exemplars ??= []);
    // An array without holes is copied as a block of memory.
    while (exemplars.length < this.data.length) exemplars.push(undefined);
    exemplars[index] = { value, atMs: this.#context.wallMs(), traceId, spanId };
  }

  /** Stores the exponential buckets of a series. */
  accompany(offset: number, histogram: ExponentialHistogram): void {
    this.#exponential ??= [];
    this.#exponential[offset / this.#stride] = histogram;
  }

  /** Tracks the time at which each series is set. */
  keepTimes(): void {
    const times: number[] = [];
    this.#updatedAtMs = times;
    this.touch = (offset) => (times[offset / this.#stride] = this.#context.wallMs());
  }

  /** Returns the sum of all values; unused slots are 0. */
  sum(): number {
    let total = 0;
    for (const value of this.data) total += value;
    return total;
  }

  /** Returns an immutable copy. */
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
      // Either all series have exponential buckets or none has.
      exponential: this.#exponential?.flatMap((it) => it?.snapshot() ?? []),
    });
  }

  /** Returns the last values of a series that is being removed. */
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

  /** Copies a column without the slots of removed series. */
  #kept<C extends Column<C>>(column: C, perSeries: number): C {
    const copy = column.slice(0, this.#labelSets.length * perSeries);
    if (this.#free.length === 0) return copy;
    let kept = 0;
    let from = 0;
    // Copies between gaps, of which there are few.
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

/** Freezing at snapshot time keeps it off the recording path. */
function frozen(exemplars: readonly (Exemplar | undefined)[]): typeof exemplars {
  for (const it of exemplars) if (it !== undefined) Object.freeze(it);
  return exemplars;
}

/** Common interface of arrays and typed arrays. */
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
