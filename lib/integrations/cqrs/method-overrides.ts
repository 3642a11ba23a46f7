import {
  type AnyFunction,
  takeIdentity,
} from '../../instrumentation/decorators/function-identity.js';

/** Methods of single objects that are put in the place of those of their class, until they are taken back. */
export class MethodOverrides {
  readonly #undo: (() => void)[] = [];

  /** Does nothing where the object has a property of its own already: it is somebody else's replacement. */
  method(target: object, key: string, replace: (original: AnyFunction) => AnyFunction): void {
    const original = (target as Record<string, unknown>)[key];
    if (typeof original !== 'function' || Object.hasOwn(target, key)) return;
    const replacement = replace(original as AnyFunction);
    takeIdentity(replacement, original as AnyFunction);
    this.#define(target, key, replacement);
  }

  /** Replaces a method that the object has from its class or, as an arrow function, as a property of its own. */
  replace(target: object, key: string, replace: (original: AnyFunction) => AnyFunction): void {
    const own = Object.getOwnPropertyDescriptor(target, key)?.value as unknown;
    if (typeof own === 'function') this.field(target, key, replace(own as AnyFunction));
    else this.method(target, key, replace);
  }

  /** Sets a field of an object. */
  field(target: object, key: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(target, key);
    if (before?.configurable === false || !Object.isExtensible(target)) return;
    Object.defineProperty(target, key, { ...before, value });
    this.#undo.push(() => {
      if (isStill(target, key, value)) Object.defineProperty(target, key, before ?? {});
    });
  }

  /** Takes everything back that nobody has replaced since. */
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
