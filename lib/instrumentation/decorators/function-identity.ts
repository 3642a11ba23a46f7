import { sharedSymbol } from '../../kernel/peers/process-state.js';

/** Function with an arbitrary receiver. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

const OBSERVED: unique symbol = sharedSymbol('observed') as never;

/** Returns true if the function is observed, or wraps an observed one and has copied its properties. */
export function isObserved(method: AnyFunction): boolean {
  return (method as { [OBSERVED]?: unknown })[OBSERVED] === true;
}

/**
 * Copies name, length, own properties, prototype and reflect-metadata of `original` to `wrapper`,
 * so that guards, interceptors and `@OnEvent` find the metadata of decorators below. Metadata that
 * decorators above set on the wrapper is copied to the original once the class is complete, because
 * a decorator below may hold a reference to it.
 */
export function copyIdentity(wrapper: AnyFunction, original: AnyFunction): void {
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
  Object.setPrototypeOf(wrapper, Object.getPrototypeOf(original) as object | null);
  copyMetadata(original, wrapper);
  void Promise.resolve().then(() => shareMetadata(wrapper, original));
}

/** Makes `wrapper` the observed method in the place of `original`, with its identity. */
export function takeIdentity(wrapper: AnyFunction, original: AnyFunction): void {
  copyIdentity(wrapper, original);
  Object.defineProperty(wrapper, OBSERVED, { value: true });
}

/** Merges metadata in both directions. The wrapper's value wins, because it is the later one. */
function shareMetadata(wrapper: AnyFunction, original: AnyFunction): void {
  copyMetadata(wrapper, original);
  copyMetadata(original, wrapper);
}

function copyMetadata(from: AnyFunction, to: AnyFunction): void {
  for (const key of Reflect.getOwnMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from), to);
  }
}
