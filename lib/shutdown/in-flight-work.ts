/** Something that the application is in the middle of. */
export interface WorkInFlight {
  /** What it is, for the log. */
  readonly name: string;
  /** How many of it there are now, 0 or more. */
  count(): number;
}

/** What a drain waits for: counted by whoever does it. */
export class InFlightWork {
  readonly #works: WorkInFlight[] = [];
  readonly #held = new Map<symbol, string>();

  /** Counts it in from now on. */
  add(work: WorkInFlight): void {
    this.#works.push(work);
  }

  /** Counts one piece of work until the function that is returned is called. */
  hold(name: string): () => void {
    const key = Symbol(name);
    this.#held.set(key, name);
    return () => void this.#held.delete(key);
  }

  /** How much there is in all. */
  count(): number {
    return this.#works.reduce((sum, it) => sum + it.count(), this.#held.size);
  }

  /** What there is, for the log. */
  describe(): string {
    const counted = this.#works
      .map((it) => [it.count(), it.name] as const)
      .filter(([count]) => count > 0)
      .map(([count, name]) => `${count} ${name}`);
    return [...counted, ...new Set(this.#held.values())].join(', ');
  }
}
