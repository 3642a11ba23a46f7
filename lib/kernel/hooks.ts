import { types } from 'node:util';
import type { Clock } from './clock.js';

// Captured, because an application may replace `then` on a promise or on the prototype.
const then = Reflect.get(Promise.prototype, 'then') as (...args: unknown[]) => unknown;
const getTime = Reflect.get(Date.prototype, 'getTime') as () => number;

/**
 * Handles the rejection of a promise that a hook or callback returned although its answer is ignored. An unhandled
 * rejection would end the process. Other thenables are left alone: calling `then` of a query builder runs the query.
 *
 * @param answer - Any value.
 * @param onRejected - Receives the reason; must not throw. @defaultValue ignores it
 */
export function absorb(answer: unknown, onRejected: (reason: unknown) => void = ignore): void {
  if (!types.isPromise(answer)) return;
  try {
    void Reflect.apply(then, answer, [undefined, onRejected]);
  } catch {
    absorbHostile(answer, onRejected);
  }
}

/** `then` reads `constructor`, which an application may have replaced by a getter that throws. */
function absorbHostile(answer: Promise<unknown>, onRejected: (reason: unknown) => void): void {
  try {
    Object.defineProperty(answer, 'constructor', { value: Promise, configurable: true });
    void Reflect.apply(then, answer, [undefined, onRejected]);
  } catch {
    // A frozen promise of that kind cannot be handled by any code.
  }
}

/**
 * Returns the answer of a synchronous hook.
 *
 * @throws TypeError for a promise, whose rejection is handled, and for any other object with a method `then`, which is
 * not called.
 */
export function requireSync<T>(answer: T): T {
  if ((typeof answer !== 'object' || answer === null) && typeof answer !== 'function')
    return answer;
  absorb(answer);
  if (typeof (answer as { readonly then?: unknown }).then !== 'function') return answer;
  throw new TypeError('a hook is synchronous, but this one returned a promise or a thenable');
}

/** Reports a fault of a component; satisfied by `Faults`. */
interface FaultReporter {
  report(component: string, error: unknown): void;
}

/**
 * Calls a callback whose answer is ignored: a listener, a sink or a warning function. A throw and a rejection are
 * reported.
 */
export function notify(faults: FaultReporter, component: string, callback: () => unknown): void {
  try {
    absorb(callback(), (reason) => faults.report(component, reason));
  } catch (fault) {
    faults.report(component, fault);
  }
}

/**
 * Returns a clock of the application with answers that are finite numbers, or NaN, which no metric records. It never
 * throws.
 *
 * @param report - Receives what is wrong with an answer.
 */
export function guardedClock(clock: Clock, report: (fault: unknown) => void): Clock {
  const read = (answer: () => unknown): number => {
    try {
      const time = requireSync(answer());
      if (typeof time === 'number' && Number.isFinite(time)) return time;
      throw new TypeError(`a clock returns finite numbers, not ${shown(time)}`);
    } catch (fault) {
      report(fault);
      return Number.NaN;
    }
  };
  return {
    monotonicMs: () => read(() => clock.monotonicMs()),
    wallMs: () => read(() => clock.wallMs()),
  };
}

/**
 * Returns the time that an application reports for an event, in Unix milliseconds.
 *
 * @param answer - A date or a number; `undefined` for an unknown time.
 * @throws TypeError for any other value, text and bigints included.
 */
export function eventTimeMs(answer: unknown): number | undefined {
  const time: unknown = requireSync(answer);
  if (time === undefined) return undefined;
  const ms: unknown = types.isDate(time) ? Reflect.apply(getTime, time, []) : time;
  if (typeof ms === 'number' && Number.isFinite(ms)) return ms;
  throw new TypeError(`an event time is a date or a finite number, not ${shown(time)}`);
}

/**
 * Returns a number of events that an application reports.
 *
 * @param answer - A number or bigint, or the events themselves.
 * @throws TypeError for anything else, and for a number that is no integer of 0 or more.
 */
export function eventCount(answer: unknown): number {
  const events: unknown = requireSync(answer);
  const count = Array.isArray(events) ? events.length : events;
  const number = typeof count === 'bigint' ? Number(count) : count;
  if (Number.isSafeInteger(number) && (number as number) >= 0) return number as number;
  throw new TypeError(`a number of events is an integer of 0 or more, not ${shown(events)}`);
}

const TEXT_LIMIT = 40;

/** Returns a short description of any value for a message, without running its code. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `the text ${JSON.stringify(value.slice(0, TEXT_LIMIT))}`;
    case 'bigint':
      return 'a bigint';
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    default:
      return value === null ? 'null' : `a value of type ${typeof value}`;
  }
}

function ignore(): void {}

/** Returns true for a value that can have properties. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/**
 * Reads a property of an object or of its prototypes without running any of its code: getters are not called, and
 * proxies are not accessed. Use it for arbitrary objects, whose getters may connect, query or throw.
 */
export function readWithoutGetters(target: unknown, name: string | symbol): unknown {
  return isObject(target) ? (declarationOf(target, name)?.value as unknown) : undefined;
}

/** Reads an own property, with the guarantees of {@link readWithoutGetters}. */
export function readOwnWithoutGetters(target: unknown, name: string | symbol): unknown {
  if (!isObject(target) || types.isProxy(target)) return undefined;
  return Object.getOwnPropertyDescriptor(target, name)?.value as unknown;
}

/** Returns true when an object has properties of all these names, with the guarantees of {@link readWithoutGetters}. */
export function declares(target: object, ...names: readonly string[]): boolean {
  return names.every((it) => declarationOf(target, it) !== undefined);
}

/** Returns true when an object has methods of all these names, with the guarantees of {@link readWithoutGetters}. */
export function declaresMethods(target: object, ...names: readonly string[]): boolean {
  return names.every((it) => typeof readWithoutGetters(target, it) === 'function');
}

function declarationOf(target: object, name: string | symbol): PropertyDescriptor | undefined {
  let holder: object | null = target;
  while (holder !== null && !types.isProxy(holder)) {
    const declaration = Object.getOwnPropertyDescriptor(holder, name);
    if (declaration !== undefined) return declaration;
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return undefined;
}
