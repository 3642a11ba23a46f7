import { types } from 'node:util';

/** Whether it can have members. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/**
 * What an object holds under a name, itself or by its prototypes, found without running any code of its: getters are not
 * called, and proxies not asked. It is for objects of whatever kind, where a look may connect, query or throw.
 */
export function readWithoutGetters(target: unknown, name: string | symbol): unknown {
  return isObject(target) ? (declarationOf(target, name)?.value as unknown) : undefined;
}

/** What an object holds under a name itself; found like {@link readWithoutGetters}. */
export function readOwnWithoutGetters(target: unknown, name: string | symbol): unknown {
  if (!isObject(target) || types.isProxy(target)) return undefined;
  return Object.getOwnPropertyDescriptor(target, name)?.value as unknown;
}

/** Whether an object has members of all these names, values or getters; found like {@link readWithoutGetters}. */
export function declares(target: object, ...names: readonly string[]): boolean {
  return names.every((it) => declarationOf(target, it) !== undefined);
}

/** Whether an object has methods of all these names; found like {@link readWithoutGetters}. */
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
