import { types } from 'node:util';
import { Observable } from 'rxjs';
import { nativeThenOf } from './observed-promise.js';
import { shapeOfStandIn, type StreamShape } from '../calls/transparent-proxy.js';

/** What the result of a handler is, as far as its end is concerned. */
export type ResultShape = 'value' | 'promise' | 'richPromise' | StreamShape;

// What an instance of a class is can be told from the class, except where the steps are properties of the instance.
type ClassShape = 'value' | StreamShape | 'instanceDecides';

const shapeByPrototype = new WeakMap<object, ClassShape>();

/**
 * The shape of a result. No getter of the result is run and no `then` is looked up on anything but a promise: a lazy
 * thenable (a query builder) would start its work.
 */
export function shapeOf(result: object): ResultShape {
  try {
    if (types.isPromise(result)) return promiseShape(result);
    // A proxy may do anything when it is looked at, except those made here: one handler may return another one's result.
    if (types.isProxy(result)) return shapeOfStandIn(result) ?? 'value';
    return result instanceof Observable ? 'observable' : shapeByClass(result);
  } catch {
    return 'value';
  }
}

function promiseShape(promise: object): ResultShape {
  const prototype = Object.getPrototypeOf(promise) as object | null;
  const isPlain = prototype === Promise.prototype || isForeignPromisePrototype(prototype);
  return isPlain && Reflect.ownKeys(promise).every(isOfNode) ? 'promise' : 'richPromise';
}

/** `Promise.prototype` of another realm: Node's own promises have it inside Jest. */
function isForeignPromisePrototype(prototype: object | null): boolean {
  return (
    prototype !== null &&
    Object.hasOwn(prototype, 'then') &&
    nativeThenOf(prototype) !== undefined &&
    Object.getPrototypeOf(Object.getPrototypeOf(prototype)) === null
  );
}

// Node 20 and 22 write these on every promise as soon as somebody uses AsyncLocalStorage.
const nodeSymbols: ReadonlySet<string | undefined> = new Set([
  'async_id_symbol',
  'trigger_async_id_symbol',
  'kResourceStore',
]);

function isOfNode(key: string | symbol): boolean {
  return typeof key === 'symbol' && nodeSymbols.has(key.description);
}

function shapeByClass(result: object): ResultShape {
  const prototype = Object.getPrototypeOf(result) as object | null;
  const shape = prototype === null ? 'instanceDecides' : shapeOfPrototype(prototype);
  if (shape !== 'instanceDecides') return shape;
  const isIterator = isAsyncIterator((key) => findFunction(result, key));
  return isIterator && !isFixed(result, 'next') ? 'asyncIterator' : 'value';
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

/** Nothing can stand in for a frozen object's own `next`. */
function isFixed(object: object, key: PropertyKey): boolean {
  return Object.getOwnPropertyDescriptor(object, key)?.configurable === false;
}

/** Whether a function of this name is found along the prototype chain, without running a getter. */
export function findFunction(object: object, key: PropertyKey): boolean {
  let current: object | null = object;
  while (current !== null) {
    const descriptor = Object.getOwnPropertyDescriptor(current, key);
    if (descriptor !== undefined) return typeof descriptor.value === 'function';
    current = Object.getPrototypeOf(current) as object | null;
  }
  return false;
}
