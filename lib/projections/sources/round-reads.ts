/** Reads of one round: what several projections need is read once. */
export class RoundReads {
  readonly #reads = new Map<string, Promise<unknown>>();

  /** @param of - What is read; the same parts always stand for a read of the same type. */
  once<T>(of: readonly unknown[], read: () => Promise<T>): Promise<T> {
    const key = JSON.stringify(of, (_, it: unknown) => (typeof it === 'bigint' ? `${it}n` : it));
    const known = this.#reads.get(key);
    if (known !== undefined) return known as Promise<T>;
    const made = read();
    this.#reads.set(key, made);
    return made;
  }
}
