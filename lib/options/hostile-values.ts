import { types } from 'node:util';
import * as v from 'valibot';

// Options come from the application: getters may throw, proxies may be revoked, lists may claim any length.
const MOST_ELEMENTS = 100_000;

/**
 * Schema of valibot. Its own type is kept out of the declarations of the package: compilers that check declarations take
 * longer for it than for all others together.
 */
export interface OptionSchema {
  readonly kind: 'schema';
  readonly type: string;
  readonly async: false;
}

/** Result of a read; `undefined` if the read threw. */
export type Reading = { readonly value: unknown } | undefined;

/** Returns true if a value fits a schema; a schema that throws does not fit. */
export function fits(schema: OptionSchema, value: unknown): boolean {
  try {
    return v.is(schema as v.GenericSchema, value);
  } catch {
    return false;
  }
}

/**
 * Returns true for an object with its own members: not an array, function or built-in object of
 * Node.js, such as a promise.
 */
export function isGroup(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isArray(value)) return false;
  const { isPromise, isDate, isRegExp, isMap, isSet, isBoxedPrimitive } = types;
  const isBuiltIn = [isPromise, isDate, isRegExp, isMap, isSet, isBoxedPrimitive];
  return !isBuiltIn.some((it) => it(value)) && !ArrayBuffer.isView(value);
}

/** Returns true for an array that is not a revoked proxy. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    // The proxy was revoked.
    return false;
  }
}

/** Returns true for an object or array. */
export function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Reads a member; `undefined` when its getter throws. */
export function read(group: object, name: string): Reading {
  try {
    return { value: (group as Record<string, unknown>)[name] };
  } catch {
    return undefined;
  }
}

/** Returns the names of an object's own members; `undefined` when they cannot be read. */
export function namesOf(group: object): string[] | undefined {
  try {
    return Object.keys(group);
  } catch {
    return undefined;
  }
}

/** Returns a copy without holes; `undefined` for an implausibly long list. */
export function elementsOf(list: readonly unknown[]): unknown[] | undefined {
  try {
    return list.length > MOST_ELEMENTS ? undefined : Array.from(list);
  } catch {
    return undefined;
  }
}

/** Returns true if a rule about several members holds; a rule that throws does not hold. */
export function holdsFor(
  holds: (group: Readonly<Record<string, unknown>>) => boolean,
  group: object,
): boolean {
  try {
    return holds(group as Readonly<Record<string, unknown>>);
  } catch {
    return false;
  }
}
