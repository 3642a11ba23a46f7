/**
 * Subscriptions, or runs, that have not ended. One whose source and consumer are gone is closed when its owner, which lives
 * as long as they do, is collected: it must not refer to its owner.
 */
export class OpenSubscriptions<T extends object> {
  readonly #young = new Map<T, object>();
  readonly #old = new Set<T>();
  readonly #collected: FinalizationRegistry<T>;

  constructor(close: (subscription: T) => void) {
    this.#collected = new FinalizationRegistry(close);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  add(subscription: T, owner: object): void {
    if (!this.#old.has(subscription)) this.#young.set(subscription, owner);
  }

  /** @returns False for one that has ended before. */
  delete(subscription: T): boolean {
    if (this.#young.delete(subscription)) return true;
    this.#collected.unregister(subscription);
    return this.#old.delete(subscription);
  }

  /**
   * Returns all subscriptions, and lets go of their owners: call it now and then. A short one ends before that, and costs
   * no registration.
   */
  all(): readonly T[] {
    for (const [it, owner] of this.#young) {
      this.#old.add(it);
      this.#collected.register(owner, it, it);
    }
    this.#young.clear();
    return [...this.#old];
  }
}
