import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import { requireSync } from '../../kernel/hooks.js';
import type { Position } from '../position.js';

/**
 * Holds the most recent event that handlers applied. Handlers write to it for every event, so writes only store
 * numbers.
 */
export class AppliedEvents {
  readonly #clock: Clock;
  /** Unix time of the last applied event; NaN when none was applied. */
  appliedAtWallMs = Number.NaN;
  /** Monotonic time of the last applied event; NaN when none was applied. */
  appliedAtMs = Number.NaN;
  /** Unix time at which the last event was recorded; NaN when unknown. */
  recordedMs = Number.NaN;
  #position: Position | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Records a completed call. */
  succeeded(): void {
    this.appliedAtWallMs = this.#clock.wallMs();
    this.appliedAtMs = this.#clock.monotonicMs();
  }

  /** Records an applied event. @param recordedMs - NaN when unknown. */
  applied(recordedMs: number, position: Position | undefined): void {
    this.recordedMs = recordedMs;
    if (position !== undefined) this.#position = position;
  }

  /** Returns and clears the last applied position. */
  takePosition(): Position | undefined {
    const position = this.#position;
    this.#position = undefined;
    return position;
  }

  /** Clears the state. */
  clear(): void {
    this.appliedAtWallMs = Number.NaN;
    this.appliedAtMs = Number.NaN;
    this.forgetTime();
    this.#position = undefined;
  }

  /** Clears the age of the last event, which does not apply once a projection restarts from an earlier position. */
  forgetTime(): void {
    this.recordedMs = Number.NaN;
  }
}

/** Ownership of a projection by this process, as reported by the application. */
export class Ownership {
  readonly #faults: Faults;
  #isOwned = true;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /**
   * Reads the ownership.
   *
   * @param owner - The `owner` setting. @defaultValue owned
   * @param changed - Called when the ownership differs from the previous one.
   */
  check(owner: (() => boolean) | undefined, changed: (isOwned: boolean) => void): boolean {
    const isOwned = this.#answerOf(owner);
    if (isOwned !== this.#isOwned) {
      this.#isOwned = isOwned;
      changed(isOwned);
    }
    return isOwned;
  }

  /** Keeps the previous ownership when the application throws or returns no boolean. */
  #answerOf(owner: (() => boolean) | undefined): boolean {
    if (owner === undefined) return true;
    try {
      const answer: unknown = requireSync(owner());
      if (typeof answer === 'boolean') return answer;
      throw new TypeError('owner() returned neither true nor false');
    } catch (fault) {
      this.#faults.report('owner', fault);
      return this.#isOwned;
    }
  }
}
