/** An event of {@link PlainStore}. */
export interface PlainEvent {
  readonly type: string;
  readonly sku: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export class ConcurrencyError extends Error {}

/** A store of the application's own: a class with private fields whose methods call each other. */
export class PlainStore {
  readonly #streams = new Map<string, PlainEvent[]>();

  async append(
    stream: string,
    events: readonly PlainEvent[],
    expectedVersion?: number,
  ): Promise<number> {
    const before = this.#streams.get(stream) ?? [];
    if (expectedVersion !== undefined && expectedVersion !== before.length) {
      throw new ConcurrencyError(`${stream} is at ${before.length}`);
    }
    this.#streams.set(stream, [...before, ...events]);
    return before.length + events.length;
  }

  async *readStream(stream: string): AsyncGenerator<PlainEvent> {
    yield* this.#streams.get(stream) ?? [];
  }

  async *readAll(): AsyncGenerator<PlainEvent> {
    for (const stream of this.#streams.keys()) yield* this.readStream(stream);
  }

  /** Not described by the adapter. */
  get size(): number {
    return this.#streams.size;
  }

  tenant(): this {
    return this;
  }
}
