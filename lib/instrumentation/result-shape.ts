import { types } from 'node:util';
import { Observable } from 'rxjs';

/** What the result of a handler is, as far as its end is concerned. */
export type ResultShape = 'value' | 'promise' | 'richPromise' | 'observable' | 'asyncIterator';

// What an instance of a class is can be told from the class, except where the steps are properties of the instance.
type ClassShape = 'value' | 'observable' | 'asyncIterator' | 'instanceDecides';

const shapeByPrototype = new WeakMap<object, ClassShape>();

/**
 * The shape of a result. No getter of the result is run and no `then` is looked up on anything but a promise: a lazy
 * thenable (a query builder) would start its work.
 */
export function shapeOf(result: object): ResultShape {
  try {
    if (types.isProxy(result)) return 'value';
    if (result instanceof Promise || types.isPromise(result)) return promiseShape(result);
    return result instanceof Observable ? 'observable' : shapeByClass(result);
  } catch {
    return 'value';
  }
}

function promiseShape(promise: object): ResultShape {
  const isPlain = Object.getPrototypeOf(promise) === Promise.prototype;
  return isPlain && Reflect.ownKeys(promise).length === 0 ? 'promise' : 'richPromise';
}

function shapeByClass(result: object): ResultShape {
  const prototype = Object.getPrototypeOf(result) as object | null;
  const shape = prototype === null ? 'instanceDecides' : shapeOfPrototype(prototype);
  if (shape !== 'instanceDecides') return shape;
  return isAsyncIterator((key) => findFunction(result, key)) ? 'asyncIterator' : 'value';
}

function shapeOfPrototype(prototype: object): ClassShape {
  const known = shapeByPrototype.get(prototype);
  if (known !== undefined) return known;
  const shape = classify(prototype);
  shapeByPrototype.set(prototype, shape);
  return shape;
}

function classify(prototype: object): ClassShape {
  const has = (key: PropertyKey) => findFunction(prototype, key);
  // An Observable of another copy of rxjs.
  if (has('subscribe') && has('lift') && has('pipe')) return 'observable';
  if (isAsyncIterator(has)) return 'asyncIterator';
  return prototype === Object.prototype || has(Symbol.asyncIterator) ? 'instanceDecides' : 'value';
}

function isAsyncIterator(has: (key: PropertyKey) => boolean): boolean {
  return has(Symbol.asyncIterator) && has('next');
}

/** Whether a function of this name is found along the prototype chain, without running a getter. */
function findFunction(object: object, key: PropertyKey): boolean {
  let current: object | null = object;
  while (current !== null) {
    const descriptor = Object.getOwnPropertyDescriptor(current, key);
    if (descriptor !== undefined) return typeof descriptor.value === 'function';
    current = Object.getPrototypeOf(current) as object | null;
  }
  return false;
}
