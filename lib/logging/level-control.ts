import { type Timers, systemTimers } from '../kernel/timers.js';
import { LevelDirectives } from './log-level.js';

/** Levels of one application. They can change at run time. */
export class LevelControl {
  /** Grows with each change, so that loggers compare one number. */
  epoch = 0;
  #directives: LevelDirectives;
  #text: string;
  readonly #initial: string;
  readonly #timers: Timers;
  #cancel: (() => void) | undefined;

  /**
   * @param subject - Source of the directives, for errors.
   * @throws ConfigurationError `OBS_OPTION_INVALID`
   */
  constructor(directives: string, subject: string, timers: Timers = systemTimers) {
    this.#directives = LevelDirectives.parse(directives, subject);
    this.#text = directives;
    this.#initial = directives;
    this.#timers = timers;
  }

  /** Directives in force. */
  get directives(): string {
    return this.#text;
  }

  /** Lowest rank that any target writes. */
  get lowest(): number {
    return this.#directives.lowest;
  }

  /** Returns the lowest rank that a target writes. */
  rankOf(target: string): number {
    return this.#directives.rankOf(target);
  }

  /**
   * Replaces the directives.
   *
   * @param forMs - Milliseconds after which the first directives are back. @defaultValue for good
   * @throws ConfigurationError `OBS_OPTION_INVALID`; the levels stay what they are.
   */
  set(directives: string, forMs?: number): void {
    this.#change(directives);
    if (forMs === undefined) return;
    this.#cancel = this.#timers.after(forMs, () => this.#change(this.#initial));
  }

  /** Cancels the return to the first directives. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #change(directives: string): void {
    this.#directives = LevelDirectives.parse(directives, 'setLevel()');
    this.#text = directives;
    this.epoch++;
    this.close();
  }
}
