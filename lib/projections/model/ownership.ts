import type { Faults } from '../../kernel/faults.js';

/** Whether this process owns a projection, as the application tells. */
export class Ownership {
  readonly #faults: Faults;
  #isOwned = true;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /**
   * Asks.
   *
   * @param ask - The application's own answer. @defaultValue it is owned
   * @param changed - Called when the answer is another one than before.
   */
  check(ask: (() => boolean) | undefined, changed: (isOwned: boolean) => void): boolean {
    const isOwned = this.#answerOf(ask);
    if (isOwned !== this.#isOwned) {
      this.#isOwned = isOwned;
      changed(isOwned);
    }
    return isOwned;
  }

  /** One that cannot tell is believed to own what it owned before. */
  #answerOf(ask: (() => boolean) | undefined): boolean {
    if (ask === undefined) return true;
    try {
      const answer: unknown = ask();
      if (typeof answer === 'boolean') return answer;
      throw new TypeError('owner() returned neither true nor false');
    } catch (fault) {
      this.#faults.report('owner', fault);
      return this.#isOwned;
    }
  }
}
