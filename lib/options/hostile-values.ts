import { types } from 'node:util';
import * as v from 'valibot';

// Options come from the application: getters may throw, proxies may be revoked, lists may claim any length.
const MOST_ELEMENTS = 100_000;

/** Value that was read, or `undefined` when reading it threw. */
export type Reading = { readonly value: unknown } | undefined;

/** Applies a schema; one that throws does not fit. */
export function fits(schema: v.GenericSchema, value: unknown): boolean {
  try {
    return v.is(schema, value);
  } catch {
    return false;
  }
}

/** An object with members of its own: no array, no function, and nothing that Node.js itself makes, such as a promise. */
export function isGroup(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isArray(value)) return false;
  const { isPromise, isDate, isRegExp, isMap, isSet, isBoxedPrimitive } = types;
  const isBuiltIn = [isPromise, isDate, isRegExp, isMap, isSet, isBoxedPrimitive];
  return !isBuiltIn.some((it) => it(value)) && !ArrayBuffer.isView(value);
}

/** An array; none that is a revoked proxy. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    // A proxy that was revoked.
    return false;
  }
}

/** An object, an array included. */
export function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Value of a member; `undefined` when its getter throws. */
export function read(group: object, name: string): Reading {
  try {
    return { value: (group as Record<string, unknown>)[name] };
  } catch {
    return undefined;
  }
}

/** Names of an object's own members; `undefined` when they cannot be read. */
export function namesOf(group: object): string[] | undefined {
  try {
    return Object.keys(group);
  } catch {
    return undefined;
  }
}

/** A copy without holes; none of a list that no configuration has. */
export function elementsOf(list: readonly unknown[]): unknown[] | undefined {
  try {
    return list.length > MOST_ELEMENTS ? undefined : Array.from(list);
  } catch {
    return undefined;
  }
}

/** Applies a rule about several members; one that throws does not hold. */
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
