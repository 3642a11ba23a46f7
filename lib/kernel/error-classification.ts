import type { Faults } from './faults.js';
import { requireSync } from './hooks.js';
import { toLabelValue } from './label.js';

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

/**
 * Severity of an error for the operator: `critical` needs immediate attention, `transient` is worth a retry,
 * `permanent` is not.
 */
export type ErrorCategory = 'critical' | 'transient' | 'permanent';

/** All categories. */
const errorCategories: readonly ErrorCategory[] = ['critical', 'transient', 'permanent'];

/** Error reduced to bounded label values, without its message. */
export interface ErrorDescription {
  /** Class name, else a constant-like `code`, else `unknown`. */
  readonly type: string;
  /** Severity for the operator. */
  readonly category: ErrorCategory;
}

const CONSTANT = /^[A-Z0-9_]{2,40}$/;
// These generic names do not identify an error, so a code takes precedence.
const GENERIC_NAMES: ReadonlySet<string> = new Set(['', 'Error', 'Object']);

/** Returns the bounded type of an error, never its message. */
export function errorTypeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  const className = constructorName(error);
  if (className === 'DOMException') return domExceptionName(error);
  if (!GENERIC_NAMES.has(className)) return toLabelValue(className);
  return codeOf(error) ?? (className === 'Error' ? className : 'unknown');
}

function constructorName(error: object): string {
  const { name } = (error.constructor ?? {}) as { name?: unknown };
  // Bundlers prefix the names of relocated classes with underscores.
  return typeof name === 'string' ? name.replace(/^_+(?=[A-Z])/, '') : '';
}

const DOM_EXCEPTION_NAME = /^[A-Z][A-Za-z]{2,39}$/;

/** Returns the name of a DOMException, such as `TimeoutError`: the class says nothing about the error. */
function domExceptionName(error: object): string {
  const { name } = error as { name?: unknown };
  return typeof name === 'string' && DOM_EXCEPTION_NAME.test(name) && name !== 'Error'
    ? name
    : 'DOMException';
}

function codeOf(error: object): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && CONSTANT.test(code) ? code : undefined;
}

const TRANSIENT_NAME =
  /Timeout|TimedOut|Concurrency|Conflict|OptimisticLock|ExpectedVersion|VersionMismatch|Unavailable|Deadlock|ConnectionError|NetworkError/i;
// Node system errors, undici, and the SQLSTATE classes 08 (connection), 40 (rollback) and 57P (operator intervention).
// Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
const TRANSIENT_CODE =
  /^(E(CONN(RESET|REFUSED|ABORTED)|TIMEDOUT|PIPE|HOSTUNREACH|NETUNREACH|NETDOWN|AI_AGAIN|NOTFOUND)|UND_ERR_(\w*TIMEOUT|SOCKET)|ERR_SOCKET_CONNECTION_TIMEOUT|08...|40...|57P..|53300|55P03)$/;
// Out of memory or disk space, in this process or in the database.
const CRITICAL_CODE =
  /^(ENOMEM|ENOSPC|ERR_(WORKER_OUT_OF_MEMORY|MEMORY_ALLOCATION_FAILED)|53100|53200)$/;
const ALLOCATION_FAILURE = /out of memory|allocation failed|invalid array buffer length/i;

/** Returns the built-in category of an error, which applies when neither a hook nor a registration decides. */
export function errorCategoryOf(error: unknown): ErrorCategory {
  if (typeof error !== 'object' || error === null) return 'permanent';
  const own = ownCategory(error);
  if (own !== 'permanent') return own;
  // `fetch` throws "fetch failed" with the connection error as the cause.
  const { cause } = error as { cause?: unknown };
  return typeof cause === 'object' && cause !== null ? ownCategory(cause) : 'permanent';
}

function ownCategory(error: object): ErrorCategory {
  const code = codeOf(error) ?? '';
  if (CRITICAL_CODE.test(code) || isAllocationFailure(error)) return 'critical';
  if (TRANSIENT_CODE.test(code) || namesOf(error).some((it) => TRANSIENT_NAME.test(it)))
    return 'transient';
  return isServerError(error) ? 'transient' : 'permanent';
}

/**
 * Returns the class name and the `name` property: `AbortSignal.timeout` throws a `DOMException` with a specific name.
 */
function namesOf(error: object): string[] {
  const { name } = error as { name?: unknown };
  return [constructorName(error), typeof name === 'string' ? name : ''];
}

function isAllocationFailure(error: object): boolean {
  return error instanceof RangeError && ALLOCATION_FAILURE.test(error.message);
}

/** Detects a 5xx response of a dependency, in the shapes used by fetch wrappers, axios and gateways. */
function isServerError(error: object): boolean {
  const { status, statusCode, response } = error as Record<string, unknown>;
  const nested = (response as { status?: unknown } | undefined)?.status;
  return [status, statusCode, nested].some((it) => typeof it === 'number' && it >= 500 && it < 600);
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

  /** Returns the type and category of an error. */
  describe(error: unknown): ErrorDescription {
    return {
      type: this.#guard(() => errorTypeOf(error), 'unknown'),
      category: this.#categoryOf(error),
    };
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
