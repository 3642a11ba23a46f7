import type { HandlerKind } from '../../kernel/handler-kind.js';
import { type AnyFunction, isObserved, takeIdentity } from '../decorators/function-identity.js';
import {
  addDiscovered,
  effectiveDecorations,
  type Decoration,
  type HandlerDecoration,
  isHandler,
  isOfKind,
  ownDecorations,
} from '../decorators/handler-decoration.js';
import type { AnyHandlerOptions } from '../decorators/handler-options.js';
import { wrapMethod } from '../calls/method-wrapper.js';
import { wrapOperation } from '../event-store/store-call.js';

/** Undecorated method that handles messages. */
export interface DiscoveredMethod {
  readonly kind: HandlerKind;
  readonly key: string | symbol;
  /** Options under which the method is observed, with those of the kind's labels. @defaultValue none */
  readonly options?: AnyHandlerOptions;
}

/**
 * Makes an undecorated method observable, for applications that bind the decoration to instances.
 *
 * @param instance - Instance of the class, which may have the method as its own property.
 * @returns `undefined` when a decorator already observes the handling, or the class has no such
 * method.
 */
export function discoverMethod(
  prototype: object,
  method: DiscoveredMethod,
  instance?: unknown,
): HandlerDecoration | undefined {
  const { kind, key } = method;
  const owner = ownerOf(prototype, key);
  const decorated = effectiveDecorations(prototype);
  const decoration = decorated.find((it) => it.key === key);
  if (owner !== undefined && decoration?.target === owner) return undefined;
  // A class handles one message, maybe in an inner method that is observed under the name of its decorator. Methods
  // that name themselves are handlers of their own.
  const isHandled = kind.naming !== 'method' && decorated.some((it) => isOfKind(it, kind));
  if (decoration === undefined && isHandled) return undefined;
  if (owner === undefined) return observeProperty(prototype, method, instance);
  const isDecorated = decoration !== undefined && isOfKind(decoration, kind);
  return observe(owner, method, isDecorated ? (decoration as HandlerDecoration).options : {});
}

function observe(
  target: object,
  { kind, key, options: own = {} }: DiscoveredMethod,
  options: AnyHandlerOptions,
): HandlerDecoration {
  const descriptor = Object.getOwnPropertyDescriptor(target, key);
  const original = descriptor?.value as AnyFunction;
  const known = ownDecorations(target)
    .filter(isHandler)
    .find((it) => it.key === key);
  // A test may have replaced the wrapper by a spy or by the original.
  if (known !== undefined && isObserved(original)) return known;
  const decoration = addDiscovered<HandlerDecoration>({
    kind,
    target,
    key,
    options: { ...own, ...options },
  });
  Object.defineProperty(target, key, { ...descriptor, value: wrapMethod(original, decoration) });
  return decoration;
}

/**
 * Observes an arrow function in a property, which belongs to one instance; all instances of a class
 * share the decoration.
 */
function observeProperty(
  target: object,
  { kind, key, options = {} }: DiscoveredMethod,
  instance: unknown,
): HandlerDecoration | undefined {
  if (typeof instance !== 'object' || instance === null) return undefined;
  const descriptor = Object.getOwnPropertyDescriptor(instance, key);
  if (typeof descriptor?.value !== 'function') return undefined;
  const original = descriptor.value as AnyFunction;
  const known = ownDecorations(target)
    .filter(isHandler)
    .find((it) => it.key === key);
  const decoration = known ?? addDiscovered<HandlerDecoration>({ kind, target, key, options });
  if (!isObserved(original)) {
    const value = wrapMethod(original, decoration);
    Object.defineProperty(instance, key, { ...descriptor, value });
  }
  return decoration;
}

/**
 * Observes an undecorated override in place of the decorated method that it replaces, under the options of the decorator.
 * Its call of `super` is part of the observation.
 *
 * @param prototype - Prototype of a class that has the method.
 * @returns `undefined` where no override exists.
 */
export function observeOverride<D extends Decoration>(
  prototype: object,
  { index: _index, ...decoration }: D,
): D | undefined {
  const { target: decorated, key } = decoration;
  const target = ownerOf(prototype, key, true);
  if (target === undefined || !Object.prototype.isPrototypeOf.call(decorated, target)) return;
  const descriptor = Object.getOwnPropertyDescriptor(target, key);
  const original = (descriptor?.get ?? descriptor?.value) as AnyFunction;
  const known = ownDecorations(target).find((it) => it.key === key) as D | undefined;
  if (known !== undefined && isObserved(original)) return known;
  const added = addDiscovered<Decoration>({ ...decoration, target }) as D;
  const replaced =
    descriptor?.get === undefined
      ? { value: wrapDecorated(original, added) }
      : { get: wrapGetter(original, added) };
  Object.defineProperty(target, key, { ...descriptor, ...replaced });
  return added;
}

/** Returns a method that behaves like `original` and is observed under a decoration of any kind. */
export function wrapDecorated(original: AnyFunction, decoration: Decoration): AnyFunction {
  return isHandler(decoration)
    ? wrapMethod(original, decoration)
    : wrapOperation(original, decoration);
}

/** Returns a getter whose function is observed like a method. */
export function wrapGetter(original: AnyFunction, decoration: Decoration): AnyFunction {
  const wrapped = new WeakMap<AnyFunction, AnyFunction>();
  const getter = function (this: unknown): unknown {
    const value: unknown = Reflect.apply(original, this, []);
    if (typeof value !== 'function' || isObserved(value as AnyFunction)) return value;
    const method = value as AnyFunction;
    const observed = wrapped.get(method) ?? wrapDecorated(method, decoration);
    wrapped.set(method, observed);
    return observed;
  };
  takeIdentity(getter, original);
  return getter;
}

/** Returns the prototype that declares the method. */
function ownerOf(prototype: object, key: string | symbol, orGetter = false): object | undefined {
  let current: object | null = prototype;
  while (current !== null) {
    const descriptor = Object.getOwnPropertyDescriptor(current, key);
    if (descriptor !== undefined) {
      const isOwner =
        typeof descriptor.value === 'function' || (orGetter && descriptor.get !== undefined);
      return isOwner ? current : undefined;
    }
    current = Object.getPrototypeOf(current) as object | null;
  }
  return undefined;
}
