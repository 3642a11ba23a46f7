/** Beginning of a window: the arrival of its first event, and the number of sampled events before it. */
export interface WindowStart {
  readonly atMs: number;
  readonly sampledBefore: number;
}

const MOST = 16_384;

/** Arrivals of the latest events, for windows that overlap: which events one has is known at its end only. */
export class Arrivals {
  #times = new Float64Array(64);
  #sampled = new Float64Array(64);
  #total = 0;

  note(atMs: number, sampledBefore: number): void {
    const { length } = this.#times;
    if (this.#total === length && length < MOST) this.#grow();
    const at = this.#total++ % this.#times.length;
    this.#times[at] = atMs;
    this.#sampled[at] = sampledBefore;
  }

  /** Returns the start of a window of the last events; `undefined` for none, or more than are remembered. */
  startOf(events: number): WindowStart | undefined {
    const { length } = this.#times;
    if (events < 1 || events > Math.min(this.#total, length)) return undefined;
    const at = (this.#total - Math.floor(events)) % length;
    return { atMs: this.#times[at] ?? 0, sampledBefore: this.#sampled[at] ?? 0 };
  }

  #grow(): void {
    this.#times = doubled(this.#times);
    this.#sampled = doubled(this.#sampled);
  }
}

function doubled(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(values.length * 2);
  grown.set(values);
  return grown;
}
