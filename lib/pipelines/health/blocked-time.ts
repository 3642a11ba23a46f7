import type { Clock } from '../../kernel/clock.js';

/** Time for which one consumer of a stream takes no further events. */
export class BlockedTime {
  readonly #clock: () => Clock;
  #sinceMs: number | undefined;
  #ms = 0;
  /** Times that the consumer went on. */
  ends = 0;

  constructor(clock: () => Clock) {
    this.#clock = clock;
  }

  get isBlocked(): boolean {
    return this.#sinceMs !== undefined;
  }

  /** Notes that the consumer takes no further events. @returns False if that is known. */
  block(): boolean {
    if (this.#sinceMs !== undefined) return false;
    this.#sinceMs = this.#clock().monotonicMs();
    return true;
  }

  /** Notes that nothing has to wait for the consumer any more. */
  unblock(): void {
    if (this.#settle() === undefined) return;
    this.#sinceMs = undefined;
    this.ends++;
  }

  /** Returns the milliseconds since the last call, including a time that has not ended. */
  take(): number {
    this.#settle();
    const ms = this.#ms;
    this.#ms = 0;
    return ms;
  }

  #settle(): number | undefined {
    if (this.#sinceMs === undefined) return undefined;
    const nowMs = this.#clock().monotonicMs();
    this.#ms += nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    return nowMs;
  }
}

/** Blocked times of the consumers of one stream. */
export class BlockedTimes {
  readonly #clock: () => Clock;
  readonly #open = new Set<BlockedTime>();
  #totalMs = 0;
  #takenMs = 0;
  #ends = 0;
  /** True once the stream has had a consumer that may be blocked. */
  isKnown = false;

  constructor(clock: () => Clock) {
    this.#clock = clock;
  }

  /** Adds a consumer, until it is removed. */
  add(): BlockedTime {
    const made = new BlockedTime(this.#clock);
    this.#open.add(made);
    this.isKnown = true;
    return made;
  }

  remove(consumer: BlockedTime): void {
    if (!this.#open.delete(consumer)) return;
    consumer.unblock();
    this.#totalMs += consumer.take();
    this.#ends += consumer.ends;
  }

  get isBlocked(): boolean {
    return [...this.#open].some((it) => it.isBlocked);
  }

  /** Times that consumers went on. */
  get ends(): number {
    return [...this.#open].reduce((sum, it) => sum + it.ends, this.#ends);
  }

  /** Milliseconds for which consumers have been blocked, including times that have not ended. */
  get totalMs(): number {
    for (const it of this.#open) this.#totalMs += it.take();
    return this.#totalMs;
  }

  /** Returns the milliseconds since the last call. */
  take(): number {
    const before = this.#takenMs;
    this.#takenMs = this.totalMs;
    return this.#takenMs - before;
  }
}
