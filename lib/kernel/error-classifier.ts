import {
  type ErrorCategory,
  type ErrorDescription,
  errorCategories,
  errorCategoryOf,
  errorTypeOf,
} from './error-classification.js';
import type { Faults } from './faults.js';
import { requireSync } from './sync-hook.js';
import { isMarkedRejection, type Outcome, outcomes } from './outcome.js';

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => unknown;

/** What an application says about its errors. */
export interface ErrorRules {
  /** Error classes that are business rejections, their subclasses included. @defaultValue none */
  readonly rejections?: readonly ErrorClass[];
  /** Error classes of category `critical`, their subclasses included. @defaultValue none */
  readonly criticalErrors?: readonly ErrorClass[];
  /** Decides the category of an error; `undefined` leaves it to the library. */
  errorCategory?(error: unknown): ErrorCategory | undefined;
}

/** Decides the outcome, type and category of what a handler threw. It never throws itself. */
export class ErrorClassifier {
  readonly #rules: ErrorRules;
  readonly #isRejection: (error: unknown) => boolean;
  readonly #faults: Faults;

  /** @param isRejection - What the framework calls a rejection, besides the rules and the marker. */
  constructor(rules: ErrorRules, isRejection: (error: unknown) => boolean, faults: Faults) {
    this.#rules = rules;
    this.#isRejection = isRejection;
    this.#faults = faults;
  }

  /**
   * The outcome of a call that threw.
   *
   * @param hook - The handler's own rule, asked first.
   */
  outcomeOf(error: unknown, hook?: (error: unknown) => Outcome | undefined): Outcome {
    const decided = hook && this.#ask('outcome', () => hook(error), outcomes);
    if (decided !== undefined) return decided;
    return this.#guard(() => this.#rejects(error), false) ? 'rejected' : 'failure';
  }

  /** The type and category of an error. */
  describe(error: unknown): ErrorDescription {
    return {
      type: this.#guard(() => errorTypeOf(error), 'unknown'),
      category: this.#categoryOf(error),
    };
  }

  #rejects(error: unknown): boolean {
    const { rejections = [] } = this.#rules;
    return isMarkedRejection(error) || isInstance(error, rejections) || this.#isRejection(error);
  }

  #categoryOf(error: unknown): ErrorCategory {
    const { criticalErrors = [], errorCategory } = this.#rules;
    const decided =
      errorCategory && this.#ask('errorCategory', () => errorCategory(error), errorCategories);
    if (decided !== undefined) return decided;
    if (this.#guard(() => isInstance(error, criticalErrors), false)) return 'critical';
    return this.#guard(() => errorCategoryOf(error), 'permanent');
  }

  /** The answer of a hook if it is one of the values allowed. */
  #ask<T>(hook: string, call: () => T | undefined, allowed: readonly T[]): T | undefined {
    return this.#guard(() => {
      const answer = requireSync(call());
      if (answer === undefined || allowed.includes(answer)) return answer;
      throw new TypeError(`${hook}() returned none of ${allowed.join(', ')}`);
    }, undefined);
  }

  #guard<T>(call: () => T, fallback: T): T {
    try {
      return call();
    } catch (fault) {
      this.#faults.report('classifier', fault);
      return fallback;
    }
  }
}

function isInstance(error: unknown, classes: readonly ErrorClass[]): boolean {
  return classes.some((it) => error instanceof it);
}
