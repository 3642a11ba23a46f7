import { exponentialIndex, MAX_SCALE } from './exponential-bucket.js';
import {
  type ExponentialBuckets,
  type ExponentialSnapshot,
  trimmed,
} from '../snapshot/exponential-snapshot.js';

/** Buckets on each side of 0, as many as OpenTelemetry's SDKs keep. */
const MAX_BUCKETS = 160;

/**
 * A base-2 exponential histogram: bounds follow from a scale, which is as fine as 160 buckets allow and becomes coarser when
 * values lie further apart.
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
   * @param times - A whole number of 0 or more.
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

  /** A copy that later observations do not reach. */
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

/** Neighbouring buckets in a ring: bucket `i` is at `i` modulo its size, so that the range moves without copying. */
class BucketRing {
  /** Made with the first value: most histograms have none below 0. */
  #counts: Float64Array | undefined;
  #first = 0;
  #last = -1;

  /** How often the resolution must be halved before a bucket fits beside those that are there. */
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
