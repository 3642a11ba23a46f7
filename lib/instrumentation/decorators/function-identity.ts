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
 * interceptors, `@OnEvent` and the like find what decorators below this one left on it. What decorators above leave on
 * the wrapper comes to the original, too, as soon as the class is complete: a decorator below may have kept that one.
 */
export function takeIdentity(wrapper: AnyFunction, original: AnyFunction): void {
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
  Object.setPrototypeOf(wrapper, Object.getPrototypeOf(original) as object | null);
  Object.defineProperty(wrapper, OBSERVED, { value: true });
  copyMetadata(original, wrapper);
  void Promise.resolve().then(() => shareMetadata(wrapper, original));
}

/** Both ways; where the two differ, the wrapper has the later value: decorators above saw those of the original. */
function shareMetadata(wrapper: AnyFunction, original: AnyFunction): void {
  copyMetadata(wrapper, original);
  copyMetadata(original, wrapper);
}

function copyMetadata(from: AnyFunction, to: AnyFunction): void {
  for (const key of Reflect.getOwnMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from), to);
  }
}
