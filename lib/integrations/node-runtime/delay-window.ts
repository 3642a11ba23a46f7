// Each bucket is a tenth wider than the one before: a quantile is right to 10 %, from 0.1 ms to several minutes.
const SMALLEST_SECONDS = 1e-4;
const GROWTH = 1.1;
const BUCKETS = 160;

/** The delays that one reader has not read yet, in bounded memory however long it waits. */
export class DelayWindow {
  readonly #weights = new Float64Array(BUCKETS);
  #total = 0;
  #maxSeconds = 0;

  /** Adds a delay, as often as its weight says. */
  record(seconds: number, weight: number): void {
    this.#weights[bucketOf(seconds)]! += weight;
    this.#total += weight;
    if (seconds > this.#maxSeconds) this.#maxSeconds = seconds;
  }

  /**
   * The quantiles of the window that ends now, in seconds; 0 for an empty one.
   *
   * @param quantiles - From 0 to 1.
   */
  take(quantiles: readonly number[]): number[] {
    const seconds = quantiles.map((it) => this.#secondsAt(it * this.#total));
    this.#weights.fill(0);
    this.#total = 0;
    this.#maxSeconds = 0;
    return seconds;
  }

  #secondsAt(rank: number): number {
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#weights[bucket]!;
      if (seen > 0 && seen >= rank) return Math.min(boundOf(bucket), this.#maxSeconds);
    }
    return this.#maxSeconds;
  }
}

function bucketOf(seconds: number): number {
  if (seconds <= SMALLEST_SECONDS) return 0;
  const bucket = Math.ceil(Math.log(seconds / SMALLEST_SECONDS) / Math.log(GROWTH));
  return Math.min(bucket, BUCKETS - 1);
}

function boundOf(bucket: number): number {
  return SMALLEST_SECONDS * GROWTH ** bucket;
}
