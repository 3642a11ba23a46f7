import {
  descriptionOf,
  errorCategories,
  errorCategoryOf,
  errorTypeOf,
  type ErrorCategory,
  type ErrorDescription,
} from './error-description.js';
import type { Faults } from '../faults.js';
import { requireSync } from '../hooks.js';

/** Outcome of a command or query. A business rejection is not a failure. */
export type Outcome = 'success' | 'rejected' | 'failure';

/** All outcomes, in the order in which their series are published. */
export const outcomes: readonly Outcome[] = ['success', 'rejected', 'failure'];

/**
 * Marks an error as a business rejection: `outcome="rejected"` instead of `failure`.
 *
 * @example
 * ```ts
 * import { REJECTION } from '@eventcore/nestjs-observability';
 *
 * class OutOfStock extends Error {
 *   readonly [REJECTION] = true;
 * }
 * ```
 */
export const REJECTION: unique symbol = Symbol.for('eventcore.rejection') as never;

/** Returns true for an error with the {@link REJECTION} marker. */
function isMarkedRejection(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as Marked)[REJECTION] === true;
}

interface Marked {
  readonly [REJECTION]?: unknown;
}

/** Error class. */
export type ErrorClass = abstract new (...args: never[]) => unknown;

/** Error rules of an application. */
export interface ErrorRules {
  /** Error classes that are business rejections, including subclasses. @defaultValue none */
  readonly rejections?: readonly ErrorClass[];
  /**
   * Error classes that are failures although Nest's rules make them rejections, including subclasses: `[RpcException]`.
   * Classes in `rejections` take precedence. @defaultValue none
   */
  readonly failures?: readonly ErrorClass[];
  /** Error classes of category `critical`, including subclasses. @defaultValue none */
  readonly criticalErrors?: readonly ErrorClass[];
  /** Returns the category of an error; `undefined` applies the built-in rules. */
  errorCategory?(error: unknown): ErrorCategory | undefined;
}

/** Classifies thrown values by outcome, type and category. It never throws. */
export class ErrorClassifier {
  readonly #rules: ErrorRules;
  readonly #isRejection: (error: unknown) => boolean;
  readonly #faults: Faults;

  /** @param isRejection - Rejections of the framework, in addition to the rules and the marker. */
  constructor(rules: ErrorRules, isRejection: (error: unknown) => boolean, faults: Faults) {
    this.#rules = rules;
    this.#isRejection = isRejection;
    this.#faults = faults;
  }

  /**
   * Returns the outcome of a call that threw.
   *
   * @param hook - Rule of the handler; takes precedence.
   */
  outcomeOf(error: unknown, hook?: (error: unknown) => Outcome | undefined): Outcome {
    const decided = hook && this.#decide('outcome', () => hook(error), outcomes);
    if (decided !== undefined) return decided;
    return this.#guard(() => this.#rejects(error), false) ? 'rejected' : 'failure';
  }

  /** Returns the type and category of an error; the same object for the same values, as far as memory is bounded. */
  describe(error: unknown): ErrorDescription {
    const type = this.#guard(() => errorTypeOf(error), 'unknown');
    return descriptionOf(type, this.#categoryOf(error));
  }

  #rejects(error: unknown): boolean {
    const { rejections = [], failures = [] } = this.#rules;
    if (isMarkedRejection(error) || isInstance(error, rejections)) return true;
    return requireSync(this.#isRejection(error)) === true && !isInstance(error, failures);
  }

  #categoryOf(error: unknown): ErrorCategory {
    const { criticalErrors = [], errorCategory } = this.#rules;
    const decided =
      errorCategory && this.#decide('errorCategory', () => errorCategory(error), errorCategories);
    if (decided !== undefined) return decided;
    if (this.#guard(() => isInstance(error, criticalErrors), false)) return 'critical';
    return this.#guard(() => errorCategoryOf(error), 'permanent');
  }

  /** Returns the result of a hook if it is one of the allowed values. */
  #decide<T>(hook: string, call: () => T | undefined, allowed: readonly T[]): T | undefined {
    return this.#guard(() => {
      const answer = requireSync(call());
      if (answer === undefined || allowed.includes(answer)) return answer;
      throw new TypeError(`${hook}() must return one of ${allowed.join(', ')}`);
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
