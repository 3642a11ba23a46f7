import { toLabelValue } from '../label.js';

/**
 * Severity of an error for the operator: `critical` needs immediate attention, `transient` is worth a retry,
 * `permanent` is not.
 */
export type ErrorCategory = 'critical' | 'transient' | 'permanent';

/** All categories. */
export const errorCategories: readonly ErrorCategory[] = ['critical', 'transient', 'permanent'];

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
  const { name, type } = traitsOf(error);
  if (name === 'DOMException') return domExceptionName(error);
  return type ?? codeOf(error) ?? (name === 'Error' ? name : 'unknown');
}

/** Facts about an error that follow from its class alone. */
interface ClassTraits {
  /** Name of the constructor when the facts were found. */
  readonly givenName: unknown;
  /** Name of the class in the source code; empty if there is none. */
  readonly name: string;
  /** Type of the errors of the class; `undefined` if the name does not identify them. */
  readonly type: string | undefined;
  /** True if the name is one of a transient error. */
  readonly isTransient: boolean;
}

// By class, because an error costs a handler more than a success already.
const traits = new WeakMap<object, ClassTraits>();

function traitsOf(error: object): ClassTraits {
  const constructor = (error.constructor ?? {}) as { readonly name?: unknown };
  const { name } = constructor;
  const known = traits.get(constructor);
  if (known !== undefined && known.givenName === name) return known;
  const found = traitsOfName(name);
  if (typeof constructor === 'function') traits.set(constructor, found);
  return found;
}

function traitsOfName(givenName: unknown): ClassTraits {
  // Bundlers prefix the names of relocated classes with underscores.
  const name = typeof givenName === 'string' ? givenName.replace(/^_+(?=[A-Z])/, '') : '';
  const type = GENERIC_NAMES.has(name) ? undefined : toLabelValue(name);
  return { givenName, name, type, isTransient: TRANSIENT_NAME.test(name) };
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
  const isTransient = TRANSIENT_CODE.test(code) || isNamedTransient(error) || isServerError(error);
  return isTransient ? 'transient' : 'permanent';
}

/**
 * Looks at the class name and at the `name` property: `AbortSignal.timeout` throws a `DOMException` with a specific
 * name.
 */
function isNamedTransient(error: object): boolean {
  const { name: className, isTransient } = traitsOf(error);
  if (isTransient) return true;
  const { name } = error as { name?: unknown };
  const saysMore = typeof name === 'string' && name !== 'Error' && name !== className;
  return saysMore && TRANSIENT_NAME.test(name);
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

/** Maximum number of types whose descriptions are shared. */
const MAX_SHARED = 1_000;

const shared = new Map<string, Readonly<Record<ErrorCategory, ErrorDescription>>>();

/** Returns one object per type and category, so that observers can find what they know of it without comparing texts. */
export function descriptionOf(type: string, category: ErrorCategory): ErrorDescription {
  const known = shared.get(type);
  if (known !== undefined) return known[category];
  const of = (category: ErrorCategory): ErrorDescription => ({ type, category });
  if (shared.size === MAX_SHARED) return of(category);
  const made = {
    critical: of('critical'),
    transient: of('transient'),
    permanent: of('permanent'),
  };
  shared.set(type, made);
  return made[category];
}
