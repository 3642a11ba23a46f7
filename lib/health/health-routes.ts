import { RequestMethod } from '@nestjs/common';

/** Part of Nest's controller wrapper that is used. */
export interface HeldController {
  readonly metatype: unknown;
  /** Returns the constructor dependencies. */
  getCtorMetadata(): readonly { readonly token?: unknown }[] | undefined;
  /** Returns the property dependencies. */
  getPropertiesMetadata():
    readonly { readonly wrapper: { readonly token?: unknown } }[] | undefined;
}

/** Route as path segments. */
type Segments = readonly string[];

// Metadata key of Nest, which does not export it.
const PATH = 'path';
const METHOD = 'method';
const HEADERS = '__headers__';
// Value that `@HealthCheck()` of Terminus sets on a method.
const NOT_CACHED = 'no-cache, no-store, must-revalidate';
const READING = [RequestMethod.GET, RequestMethod.HEAD, RequestMethod.ALL];

/**
 * Health routes of the application's own controllers: those that inject the `HealthCheckService` of
 * Terminus, and methods with `@HealthCheck()`.
 */
export class HealthRoutes {
  readonly #routes: readonly Segments[];

  constructor(controllers: Iterable<HeldController>) {
    this.#routes = [...controllers].flatMap(routesOf);
  }

  /**
   * Returns true if a request targets one of them. It ignores everything before the route: global
   * prefix, version and module path.
   *
   * @param method - HTTP method.
   * @param path - Path without the query.
   */
  includes(method: string, path: string): boolean {
    if (method !== 'GET' && method !== 'HEAD') return false;
    const asked = segmentsOf(path);
    return this.#routes.some((it) => endsWith(asked, it));
  }
}

function routesOf(controller: HeldController): Segments[] {
  const { metatype } = controller;
  if (typeof metatype !== 'function') return [];
  const isWhole = takesHealthService(controller);
  const prototype = metatype.prototype as object;
  return handlersOf(prototype)
    .filter((it) => isRead(it) && (isWhole || isHealthCheck(it)))
    .flatMap((handler) =>
      pathsOf(metatype).flatMap((base) =>
        pathsOf(handler).map((path) => segmentsOf(`${base}/${path}`)),
      ),
    );
}

function takesHealthService(controller: HeldController): boolean {
  const tokens = [
    ...(controller.getCtorMetadata() ?? []).map((it) => it?.token),
    ...(controller.getPropertiesMetadata() ?? []).map((it) => it.wrapper.token),
  ];
  return tokens.some((it) => typeof it === 'function' && it.name === 'HealthCheckService');
}

/** Returns the methods of a class and its superclasses. */
function handlersOf(prototype: object | null): object[] {
  if (prototype === null || prototype === Object.prototype) return [];
  const own = Object.values(Object.getOwnPropertyDescriptors(prototype))
    .map(({ value }) => value as unknown)
    .filter((it): it is object => typeof it === 'function');
  return [...own, ...handlersOf(Object.getPrototypeOf(prototype) as object | null)];
}

function isRead(handler: object): boolean {
  const method: unknown = Reflect.getMetadata(METHOD, handler);
  return READING.some((it) => it === method);
}

function isHealthCheck(handler: object): boolean {
  const headers = (Reflect.getMetadata(HEADERS, handler) ?? []) as { readonly value?: unknown }[];
  return headers.some(({ value }) => value === NOT_CACHED);
}

function pathsOf(target: object): string[] {
  return [(Reflect.getMetadata(PATH, target) as string | string[] | undefined) ?? ''].flat();
}

function segmentsOf(path: string): Segments {
  return path.split('/').filter(Boolean);
}

/** Returns true if a path ends with a route. A route at the root has no segments and matches without a prefix only. */
function endsWith(asked: Segments, route: Segments): boolean {
  if (route.length === 0) return asked.length === 0;
  const tail = asked.slice(-route.length);
  return (
    tail.length === route.length &&
    route.every((it, i) => it.startsWith(':') || it.startsWith('*') || it === tail[i])
  );
}
