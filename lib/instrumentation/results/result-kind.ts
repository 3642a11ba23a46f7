import { types } from 'node:util';
import { Readable } from 'node:stream';
import { Observable } from 'rxjs';
import { kindOfProxy, type StreamKind } from '../calls/transparent-proxy.js';

/** Kind of a handler's result, which determines its end. */
export type ResultKind =
  'value' | 'promise' | 'decoratedPromise' | 'readable' | 'webStream' | StreamKind;

// A class determines the kind of its instances, unless the iteration methods are properties of the
// instance.
type ClassKind = 'value' | 'readable' | 'webStream' | StreamKind | 'instanceDecides';

const kindByPrototype = new WeakMap<object, ClassKind>();

/**
 * Returns the kind of a result. It runs no getter and reads `then` on promises only, because a lazy
 * thenable such as a query builder would start its work.
 */
export function kindOf(result: object): ResultKind {
  try {
    if (Array.isArray(result)) return 'value';
    // An unknown proxy may have side effects; known ones are results of another handler.
    if (types.isProxy(result)) return kindOfProxy(result) ?? 'value';
    if (isPlain(result)) return 'value';
    if (types.isPromise(result)) return promiseKind(result);
    return result instanceof Observable ? 'observable' : kindByClass(result);
  } catch {
    return 'value';
  }
}

/** Returns true for an object literal that is no iterator: most results are one. */
function isPlain(result: object): boolean {
  return Object.getPrototypeOf(result) === Object.prototype && !Object.hasOwn(result, 'next');
}

function promiseKind(promise: object): ResultKind {
  const prototype = Object.getPrototypeOf(promise) as object | null;
  const isNative = prototype === Promise.prototype || isForeignPromisePrototype(prototype);
  return isNative && Reflect.ownKeys(promise).every(isOfNode) ? 'promise' : 'decoratedPromise';
}

/** Returns true for `Promise.prototype` of another realm, such as Node's own promises inside Jest. */
function isForeignPromisePrototype(prototype: object | null): boolean {
  return (
    prototype !== null &&
    Object.hasOwn(prototype, 'then') &&
    nativeThenOf(prototype) !== undefined &&
    Object.getPrototypeOf(Object.getPrototypeOf(prototype)) === null
  );
}

// Node 20 and 22 set these on every promise once AsyncLocalStorage is in use.
const nodeSymbols: ReadonlySet<string | undefined> = new Set([
  'async_id_symbol',
  'trigger_async_id_symbol',
  'kResourceStore',
]);

function isOfNode(key: string | symbol): boolean {
  return typeof key === 'symbol' && nodeSymbols.has(key.description);
}

function kindByClass(result: object): ResultKind {
  const prototype = Object.getPrototypeOf(result) as object | null;
  const kind = prototype === null ? 'instanceDecides' : kindOfPrototype(prototype);
  if (kind !== 'instanceDecides') return kind;
  const isIterated = isIterator((key) => findFunction(result, key));
  return isIterated && !isFixed(result, 'next') ? 'asyncIterator' : 'value';
}

function kindOfPrototype(prototype: object): ClassKind {
  const known = kindByPrototype.get(prototype);
  if (known !== undefined) return known;
  const kind = classify(prototype);
  kindByPrototype.set(prototype, kind);
  return kind;
}

function classify(prototype: object): ClassKind {
  const has = (key: PropertyKey) => findFunction(prototype, key);
  // Observable of another copy of rxjs.
  if (has('subscribe') && has('lift') && has('pipe')) return 'observable';
  if (isReadable(prototype, has)) return 'readable';
  if (has('getReader') && has('pipeTo') && has('tee')) return 'webStream';
  if (isIterator(has)) return 'asyncIterator';
  return prototype === Object.prototype || has(Symbol.asyncIterator) ? 'instanceDecides' : 'value';
}

/** A stream of Node, or of the package `readable-stream`. */
function isReadable(prototype: object, has: (key: PropertyKey) => boolean): boolean {
  if (Readable.prototype === prototype || prototype instanceof Readable) return true;
  return has('read') && has('emit') && has('wrap') && has(Symbol.asyncIterator);
}

/** A lazy thenable that can be iterated, too, is for its caller to start. */
function isIterator(has: (key: PropertyKey) => boolean): boolean {
  return (has(Symbol.asyncIterator) || has(Symbol.iterator)) && has('next') && !has('then');
}

/** Returns true if the object's own method cannot be replaced, because the object is frozen. */
function isFixed(object: object, key: PropertyKey): boolean {
  return Object.getOwnPropertyDescriptor(object, key)?.configurable === false;
}

/** Returns true if the prototype chain has a function of this name. It runs no getter. */
export function findFunction(object: object, key: PropertyKey): boolean {
  let current: object | null = object;
  while (current !== null) {
    const descriptor = Object.getOwnPropertyDescriptor(current, key);
    if (descriptor !== undefined) return typeof descriptor.value === 'function';
    current = Object.getPrototypeOf(current) as object | null;
  }
  return false;
}

type Then = typeof Promise.prototype.then;

/** Returns the native `then` of any realm; `undefined` when the promise overrides it. It runs no getter. */
export function nativeThenOf(promise: object): Then | undefined {
  let current: object | null = promise;
  while (current !== null) {
    const descriptor = Object.getOwnPropertyDescriptor(current, 'then');
    if (descriptor !== undefined) {
      return isNativeThen(descriptor.value) ? descriptor.value : undefined;
    }
    current = Object.getPrototypeOf(current) as object | null;
  }
  return undefined;
}

function isNativeThen(value: unknown): value is Then {
  if (value === Promise.prototype.then) return true;
  return (
    typeof value === 'function' &&
    Function.prototype.toString.call(value) === 'function then() { [native code] }'
  );
}
