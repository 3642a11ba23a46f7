import { RequestMethod } from '@nestjs/common';

/** A controller as Nest holds it; the part that is used here. */
export interface HeldController {
  readonly metatype: unknown;
  /** What its constructor takes. */
  getCtorMetadata(): readonly { readonly token?: unknown }[] | undefined;
  /** What its properties take. */
  getPropertiesMetadata():
    readonly { readonly wrapper: { readonly token?: unknown } }[] | undefined;
}

/** A route by the segments of its path. */
type Segments = readonly string[];

// Where Nest keeps them; it does not export the names.
const PATH = 'path';
const METHOD = 'method';
const HEADERS = '__headers__';
// What `@HealthCheck()` of Terminus leaves on a method.
const NOT_CACHED = 'no-cache, no-store, must-revalidate';
const READING = [RequestMethod.GET, RequestMethod.HEAD, RequestMethod.ALL];

/**
 * Where an application answers for its health by controllers of its own: those that take the `HealthCheckService` of
 * Terminus, and methods with `@HealthCheck()`.
 */
export class HealthRoutes {
  readonly #routes: readonly Segments[];

  constructor(controllers: Iterable<HeldController>) {
    this.#routes = [...controllers].flatMap(routesOf);
  }

  /**
   * Whether a request asks for one of them. What a global prefix, a version or a module puts in front of the route is
   * not looked at.
   *
   * @param method - As HTTP has it.
   * @param path - Without the query.
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

/** Methods of a class and of those that it extends. */
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

/** The route at the root has no segment to be told by: nothing stands in front of it. */
function endsWith(asked: Segments, route: Segments): boolean {
  if (route.length === 0) return asked.length === 0;
  const tail = asked.slice(-route.length);
  return (
    tail.length === route.length &&
    route.every((it, i) => it.startsWith(':') || it.startsWith('*') || it === tail[i])
  );
}
