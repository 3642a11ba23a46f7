import type { HistogramSeries } from './histogram.js';

/** As many are kept before the series learns of them. */
const CAPACITY = 16;

/**
 * Values that a series learns of several at a time, or when somebody reads it. Between other work a call pays for the
 * memory that it touches, most of which others have pushed out of the caches: here that is one place, in a series six.
 */
export class ObservationBuffer {
  readonly #series: HistogramSeries;
  readonly #values = Array.from({ length: CAPACITY }, () => 0.5);
  #count = 0;

  /** @param series - Takes what {@link HistogramSeries.observe} takes. */
  constructor(series: HistogramSeries) {
    this.#series = series;
  }

  /** Records one value. */
  add(value: number): void {
    this.#values[this.#count++] = value;
    if (this.#count === CAPACITY) this.publish();
  }

  /** Brings the series up to date. */
  publish(): void {
    const count = this.#count;
    // Before anything can fail: a value is recorded once or not at all.
    this.#count = 0;
    for (let i = 0; i < count; i++) this.#series.observe(this.#values[i]!);
  }
}
