/** Arrival of a chunk and of those that followed in the same turn of the event loop. */
interface Mark {
  readonly chunk: number;
  readonly atMs: number;
}

// Producers that ignore backpressure fill a buffer for many turns.
const MOST = 1_024;

/** Arrival times of the chunks in a buffer, which leave it in the order of their arrival. */
export class ChunkAges {
  readonly #marks: Mark[] = [];
  #arrived = 0;
  /** Number of chunks that have left the buffer. */
  taken = 0;

  /** Time at which the oldest chunk arrived; `undefined` for an empty buffer. */
  get oldestMs(): number | undefined {
    return this.#marks[0]?.atMs;
  }

  arrive(atMs: number): void {
    if (this.#marks.at(-1)?.atMs !== atMs && this.#marks.length < MOST)
      this.#marks.push({ chunk: this.#arrived, atMs });
    this.#arrived++;
  }

  take(chunks = 1): void {
    this.taken += chunks;
    if (this.taken >= this.#arrived) return this.clear();
    const first = this.#marks.findIndex(
      (_, i) => (this.#marks[i + 1]?.chunk ?? Infinity) > this.taken,
    );
    if (first > 0) this.#marks.splice(0, first);
  }

  /** Notes that the buffer is empty. */
  clear(): void {
    this.taken = this.#arrived;
    this.#marks.length = 0;
  }
}
