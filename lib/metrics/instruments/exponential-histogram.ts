import {
  type ExponentialBuckets,
  type ExponentialSnapshot,
  trimmed,
} from '../snapshot/exponential-snapshot.js';

/** The finest resolution, with buckets that are 0.00007 % wide. */
const MAX_SCALE = 20;

const BIAS = 1023;
const MIN_EXPONENT = -1022;

// Shared scratch memory for the bits of one number; an allocation per call would cost more than the logarithm.
const number = new Float64Array(1);
const bits = new Uint32Array(number.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
const LOW = 1 - HIGH;

/**
 * Returns the bucket index of a value: the index `i` with `base ** i < value <= base ** (i + 1)`. Powers of two are
 * exact; close to another bound the adjacent bucket may be returned, as the specification allows. Subnormal numbers
 * count as the smallest normal number:
 * https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 *
 * @param value - Above 0 and finite.
 * @param scale - -10 to 20.
 */
export function exponentialIndex(value: number, scale: number): number {
  number[0] = value;
  const high = bits[HIGH]!;
  const fraction = high & 0xfffff;
  const isNormal = high >= 0x100000;
  const exponent = isNormal ? (high >>> 20) - BIAS : MIN_EXPONENT;
  // Upper bounds are inclusive: a power of two belongs to the bucket below it.
  if (!isNormal || (fraction === 0 && bits[LOW] === 0)) {
    return scale > 0 ? exponent * 2 ** scale - 1 : (exponent - 1) >> -scale;
  }
  if (scale <= 0) return exponent >> -scale;
  // Replaces the exponent so that the value lies between 1 and 2.
  bits[HIGH] = (BIAS << 20) | fraction;
  const perOctave = 1 << scale;
  const within = Math.floor(Math.log2(number[0]) * perOctave);
  return exponent * perOctave + Math.min(within, perOctave - 1);
}

/** Maximum number of buckets on each side of 0, the default of the OpenTelemetry SDKs. */
const MAX_BUCKETS = 160;

/**
 * A base-2 exponential histogram. Its bounds follow from a scale, which starts at the finest resolution and decreases
 * when the values span more than 160 buckets.
 */
export class ExponentialHistogram {
  #scale = MAX_SCALE;
  #zeroCount = 0;
  readonly #positive = new BucketRing();
  readonly #negative = new BucketRing();

  /**
   * Records a value several times.
   *
   * @param value - Any finite number.
   * @param times - An integer of 0 or more.
   */
  record(value: number, times: number): void {
    if (times === 0) return;
    if (value === 0) {
      this.#zeroCount += times;
      return;
    }
    const buckets = value > 0 ? this.#positive : this.#negative;
    const index = exponentialIndex(Math.abs(value), this.#scale);
    const halvings = buckets.halvingsFor(index);
    if (halvings > 0) this.#coarsen(halvings);
    buckets.add(index >> halvings, times);
  }

  /** Returns a copy. */
  snapshot(): ExponentialSnapshot {
    return Object.freeze({
      scale: this.#scale,
      zeroCount: this.#zeroCount,
      positive: this.#positive.snapshot(),
      negative: this.#negative.snapshot(),
    });
  }

  #coarsen(halvings: number): void {
    this.#scale -= halvings;
    this.#positive.coarsen(halvings);
    this.#negative.coarsen(halvings);
  }
}

/** Contiguous buckets in a ring: bucket `i` is stored at `i` modulo the size, so the range moves without copying. */
class BucketRing {
  /** Allocated with the first value; most histograms have no values below 0. */
  #counts: Float64Array | undefined;
  #first = 0;
  #last = -1;

  /** Returns how often the resolution must be halved to fit a bucket next to the existing ones. */
  halvingsFor(index: number): number {
    if (this.#last < this.#first) return 0;
    let low = Math.min(this.#first, index);
    let high = Math.max(this.#last, index);
    let halvings = 0;
    for (; high - low >= MAX_BUCKETS; halvings++) {
      low >>= 1;
      high >>= 1;
    }
    return halvings;
  }

  add(index: number, times: number): void {
    const counts = (this.#counts ??= new Float64Array(MAX_BUCKETS));
    if (this.#last < this.#first) this.#first = this.#last = index;
    else if (index < this.#first) this.#first = index;
    else if (index > this.#last) this.#last = index;
    counts[placeOf(index)]! += times;
  }

  coarsen(halvings: number): void {
    const counts = this.#counts;
    if (counts === undefined) return;
    const coarser = new Float64Array(MAX_BUCKETS);
    for (let index = this.#first; index <= this.#last; index++) {
      coarser[placeOf(index >> halvings)]! += counts[placeOf(index)]!;
    }
    this.#counts = coarser;
    this.#first >>= halvings;
    this.#last >>= halvings;
  }

  snapshot(): ExponentialBuckets {
    const first = this.#first;
    const counts = new Float64Array(this.#last - first + 1);
    for (let i = 0; i < counts.length; i++) counts[i] = this.#counts![placeOf(first + i)]!;
    return trimmed(first, counts);
  }
}

function placeOf(index: number): number {
  const place = index % MAX_BUCKETS;
  return place < 0 ? place + MAX_BUCKETS : place;
}
