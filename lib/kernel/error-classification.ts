import type { Faults } from './faults.js';
import { toLabelValue } from './label.js';
import { isMarkedRejection, type Outcome, outcomes } from './outcome.js';
import { requireSync } from './sync-hook.js';

/** What an error means for whoever is on call: worth a retry, not worth one, or wake somebody. */
export type ErrorCategory = 'critical' | 'transient' | 'permanent';

/** All categories. */
const errorCategories: readonly ErrorCategory[] = ['critical', 'transient', 'permanent'];

/** An error reduced to label values: bounded, and without its message. */
export interface ErrorDescription {
  /** Class name, else a constant-like `code`, else `unknown`. */
  readonly type: string;
  /** What it means for whoever is on call. */
  readonly category: ErrorCategory;
}

const CONSTANT = /^[A-Z0-9_]{2,40}$/;
// These names say nothing about what went wrong, so a code tells more.
const GENERIC_NAMES: ReadonlySet<string> = new Set(['', 'Error', 'Object']);

/** The bounded type of an error: never its message. */
export function errorTypeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  const className = constructorName(error);
  if (!GENERIC_NAMES.has(className)) return toLabelValue(className);
  return codeOf(error) ?? (className === 'Error' ? className : 'unknown');
}

function constructorName(error: object): string {
  const { name } = (error.constructor ?? {}) as { name?: unknown };
  // Bundlers put underscores in front of the names of classes that they move.
  return typeof name === 'string' ? name.replace(/^_+(?=[A-Z])/, '') : '';
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
// Out of memory or disk, in this process or in the database.
const CRITICAL_CODE =
  /^(ENOMEM|ENOSPC|ERR_(WORKER_OUT_OF_MEMORY|MEMORY_ALLOCATION_FAILED)|53100|53200)$/;
const ALLOCATION_FAILURE = /out of memory|allocation failed|invalid array buffer length/i;

/** The category of an error that neither a hook nor a registration decided. */
export function errorCategoryOf(error: unknown): ErrorCategory {
  if (typeof error !== 'object' || error === null) return 'permanent';
  const own = ownCategory(error);
  if (own !== 'permanent') return own;
  // `fetch` says "fetch failed" and keeps what happened to the connection as the cause.
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

/** The class, and the name that an error of a general class goes by: `AbortSignal.timeout` makes a `DOMException`. */
function namesOf(error: object): string[] {
  const { name } = error as { name?: unknown };
  return [constructorName(error), typeof name === 'string' ? name : ''];
}

function isAllocationFailure(error: object): boolean {
  return error instanceof RangeError && ALLOCATION_FAILURE.test(error.message);
}

/** A 5xx of a dependency, in the shapes that fetch wrappers, axios and gateways give to it. */
function isServerError(error: object): boolean {
  const { status, statusCode, response } = error as Record<string, unknown>;
  const nested = (response as { status?: unknown } | undefined)?.status;
  return [status, statusCode, nested].some((it) => typeof it === 'number' && it >= 500 && it < 600);
}

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
