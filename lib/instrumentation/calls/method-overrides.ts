import { type AnyFunction, takeIdentity } from '../decorators/function-identity.js';

/** Overrides methods of single objects until they are restored. */
export class MethodOverrides {
  readonly #undo: (() => void)[] = [];

  /** Overrides an inherited method. An own property is left unchanged, because it is an override by other code. */
  method(target: object, key: string, replace: (original: AnyFunction) => AnyFunction): void {
    const original = (target as Record<string, unknown>)[key];
    if (typeof original !== 'function' || Object.hasOwn(target, key)) return;
    const replacement = replace(original as AnyFunction);
    takeIdentity(replacement, original as AnyFunction);
    this.#define(target, key, replacement);
  }

  /** Overrides a method that is inherited or, as an arrow function, an own property. */
  replace(target: object, key: string, replace: (original: AnyFunction) => AnyFunction): void {
    const own = Object.getOwnPropertyDescriptor(target, key)?.value as unknown;
    if (typeof own === 'function') this.field(target, key, replace(own as AnyFunction));
    else this.method(target, key, replace);
  }

  /** Sets a property of an object. */
  field(target: object, key: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(target, key);
    if (before?.configurable === false || !Object.isExtensible(target)) return;
    Object.defineProperty(target, key, { ...before, value });
    this.#undo.push(() => {
      if (isStill(target, key, value)) Object.defineProperty(target, key, before ?? {});
    });
  }

  /** Restores every override that other code has not replaced in the meantime. */
  release(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #define(target: object, key: string, value: unknown): void {
    if (!Object.isExtensible(target)) return;
    const attributes = { value, writable: true, configurable: true, enumerable: false };
    Object.defineProperty(target, key, attributes);
    this.#undo.push(() => {
      if (isStill(target, key, value)) Reflect.deleteProperty(target, key);
    });
  }
}

function isStill(target: object, key: string, value: unknown): boolean {
  return Object.getOwnPropertyDescriptor(target, key)?.value === value;
}
