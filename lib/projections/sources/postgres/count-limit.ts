// Less than this is hardly cheaper.
const SMALLEST = 1_000;
const SHRINKING = 8;
const GROWTH = 1.1;

/**
 * How many events after a checkpoint are looked at. When all projections are far behind at once, as after a change that rebuilds
 * them all, the whole is more than the time allows: then fewer are looked at, until there is time again.
 */
export class CountLimit {
  readonly #largest: number;
  #value: number;

  constructor(largest: number) {
    this.#largest = largest;
    this.#value = largest;
  }

  /** The limit now. */
  get value(): number {
    return this.#value;
  }

  /** An answer came in time. */
  kept(): void {
    this.#value = Math.min(this.#largest, Math.ceil(this.#value * GROWTH));
  }

  /** There was not enough time. */
  exceeded(): void {
    const smallest = Math.min(SMALLEST, this.#largest);
    this.#value = Math.max(smallest, Math.floor(this.#value / SHRINKING));
  }
}
