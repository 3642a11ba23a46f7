import { type CanActivate, RequestMethod, type Type, UseGuards } from '@nestjs/common';

/** Purpose of an endpoint of the library. */
export type EndpointPurpose = 'metrics' | 'health' | 'diagnosis';

/** Mark on the handlers of an endpoint. Nest copies it to the functions that it registers at the router. */
export interface EndpointMark {
  readonly purpose: EndpointPurpose;
  /** True if an option names the path. */
  readonly isNamed: boolean;
}

/** Settings of an endpoint's controller. */
export interface EndpointControllerOptions {
  readonly purpose: EndpointPurpose;
  /** Returns true if an option names the path of a handler; `undefined` for a further handler of an own class. */
  isNamed(path: string): boolean | undefined;
  readonly guards?: readonly Type<CanActivate>[] | undefined;
  readonly decorators?: readonly ClassDecorator[] | undefined;
}

type Handler = (...args: unknown[]) => unknown;

// Machine-readable endpoints do not belong in an application's OpenAPI document.
const SWAGGER_EXCLUDE = 'swagger/apiExcludeController';
// Metadata keys of Nest, which does not export them.
const PATH = 'path';
const METHOD = 'method';
const ENHANCERS = ['__guards__', '__interceptors__', '__pipes__', '__exceptionFilters__'];
const MARK = Symbol('eventcore.endpoint');

/**
 * Prepares a controller class of one application: applies guards and decorators, and marks its handlers. The class must
 * belong to the application, because metadata on a shared class affects other applications.
 */
export function prepareController(
  controller: Type,
  { purpose, isNamed, guards = [], decorators = [] }: EndpointControllerOptions,
): void {
  if (guards.length > 0) UseGuards(...guards)(controller);
  const before = new Set(Reflect.getOwnMetadataKeys(controller));
  for (const decorate of decorators) decorate(controller);
  const added = Reflect.getOwnMetadataKeys(controller).filter((it) => !before.has(it));
  for (const handler of ownHandlers(controller)) {
    for (const key of added) copyMetadata(key, controller, handler);
    const named = isNamed(String([Reflect.getMetadata(PATH, handler)].flat()[0]));
    if (named === undefined) continue;
    Reflect.defineMetadata(MARK, { purpose, isNamed: named } satisfies EndpointMark, handler);
  }
  Reflect.defineMetadata(SWAGGER_EXCLUDE, [true], controller);
}

/** Returns the mark of a function that Nest registers at the router; `undefined` for a route of the application. */
export function endpointMark(handler: unknown): EndpointMark | undefined {
  if (typeof handler !== 'function') return undefined;
  return Reflect.getMetadata(MARK, handler) as EndpointMark | undefined;
}

/**
 * Takes the routes of an endpoint out of the comparison of `routeConflictPolicy`, which Nest makes before the library can
 * give way: they count as HEAD, and are registered as GET.
 */
export function setApart({ prototype }: Type): void {
  for (const handler of Object.values(Object.getOwnPropertyDescriptors(prototype as object))) {
    const { value } = handler as { readonly value?: unknown };
    if (endpointMark(value) === undefined) continue;
    Reflect.defineMetadata(METHOD, RequestMethod.HEAD, value as Handler);
  }
}

/** A guard may read its metadata from the handler only. What the handler says itself wins. */
function copyMetadata(key: unknown, controller: Type, handler: Handler): void {
  if (ENHANCERS.includes(String(key)) || Reflect.hasMetadata(key, handler)) return;
  Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, controller), handler);
}

/** Returns the route handlers of a class; gives it functions of its own for those that it inherits. */
function ownHandlers({ prototype }: Type): Handler[] {
  const owner = prototype as Record<string, Handler>;
  return routeKeysOf(owner).map((key) => {
    const handler = owner[key] as Handler;
    if (Object.hasOwn(owner, key)) return handler;
    const own = { [key]: forwardTo(handler) }[key] as Handler;
    for (const it of Reflect.getMetadataKeys(handler)) {
      Reflect.defineMetadata(it, Reflect.getMetadata(it, handler), own);
    }
    Object.defineProperty(owner, key, { configurable: true, writable: true, value: own });
    return own;
  });
}

function forwardTo(handler: Handler): Handler {
  return function (this: unknown, ...args: unknown[]) {
    return handler.apply(this, args);
  };
}

function routeKeysOf(prototype: object | null): string[] {
  if (prototype === null || prototype === Object.prototype) return [];
  const own = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([, { value }]) => typeof value === 'function' && Reflect.hasMetadata(METHOD, value))
    .map(([key]) => key);
  return [...new Set([...own, ...routeKeysOf(Object.getPrototypeOf(prototype) as object | null)])];
}
