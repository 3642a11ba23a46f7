import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { Position } from '../position.js';

/** What handlers say of the events that they apply. Written for every event: it holds numbers and does nothing. */
export class AppliedEvents {
  readonly #clock: Clock;
  /** When the last event was applied, Unix time; NaN for never. */
  appliedAtWallMs = Number.NaN;
  /** When the last event was applied, monotonic; NaN for never. */
  appliedAtMs = Number.NaN;
  /** When the last event was recorded, Unix time; NaN when unknown. */
  recordedMs = Number.NaN;
  #position: Position | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A call returned. */
  succeeded(): void {
    this.appliedAtWallMs = this.#clock.wallMs();
    this.appliedAtMs = this.#clock.monotonicMs();
  }

  /** An event was applied. @param recordedMs - NaN when unknown. */
  applied(recordedMs: number, position: Position | undefined): void {
    this.recordedMs = recordedMs;
    if (position !== undefined) this.#position = position;
  }

  /** The last position that was applied since somebody asked. */
  takePosition(): Position | undefined {
    const position = this.#position;
    this.#position = undefined;
    return position;
  }

  /** Forgets what was applied. */
  clear(): void {
    this.appliedAtWallMs = Number.NaN;
    this.appliedAtMs = Number.NaN;
    this.forgetTime();
    this.#position = undefined;
  }

  /** The projection begins anew: how old the last event was says nothing about what is left. */
  forgetTime(): void {
    this.recordedMs = Number.NaN;
  }
}

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
