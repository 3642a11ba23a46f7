import { types } from 'node:util';

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
