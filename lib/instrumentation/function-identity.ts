import 'reflect-metadata';

/** A function that stands for another one: callers and reflection cannot tell them apart. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

const OBSERVED = Symbol.for('eventcore.observed');

/** Whether the function, or one that it wraps and whose properties it took over, is observed already. */
export function isObserved(method: AnyFunction): boolean {
  return (method as { [OBSERVED]?: unknown })[OBSERVED] === true;
}

/**
 * Gives `wrapper` the name, length, own properties, prototype and reflect-metadata of `original`, so that guards,
 * interceptors, `@OnEvent` and the like find what decorators below this one left on it.
 */
export function takeIdentity(wrapper: AnyFunction, original: AnyFunction): void {
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
  Object.setPrototypeOf(wrapper, Object.getPrototypeOf(original) as object | null);
  Object.defineProperty(wrapper, OBSERVED, { value: true });
  shareMetadata(original, wrapper);
}

/**
 * Copies what only one of the two has to the other one. Decorators above leave metadata on the wrapper while others may
 * hold the original.
 */
export function shareMetadata(one: AnyFunction, other: AnyFunction): void {
  copyMetadata(one, other);
  copyMetadata(other, one);
}

function copyMetadata(from: AnyFunction, to: AnyFunction): void {
  for (const key of Reflect.getOwnMetadataKeys(from) as unknown[]) {
    if (!Reflect.hasOwnMetadata(key, to)) {
      Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from), to);
    }
  }
}
