const SLICE_MS = 2;

/** Divides long work into slices of about 2 ms, between which the event loop turns. Short work remains synchronous. */
export class Slices {
  #startedMs = performance.now();

  /** True once the slice has lasted long enough: time for {@link Slices.pause}. */
  get isOver(): boolean {
    return performance.now() - this.#startedMs > SLICE_MS;
  }

  /** Lets the event loop turn, and begins the next slice. */
  async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#startedMs = performance.now();
  }
}
