import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** Part of an Express router that is read. */
interface RouterLike {
  readonly stack?: readonly LayerLike[];
}

interface LayerLike {
  readonly route?: object;
  readonly handle?: RouterLike;
  /** Path as passed to `use`; routers before 2.3 do not retain it. */
  readonly rawPath?: unknown;
}

/** Part of an Express application that is read. */
interface ExpressLike {
  readonly router?: RouterLike;
}

// A request contains the matched part of its own path, but not the path at which a router is
// mounted.
const UNKNOWN_MOUNT = '*';

/** Returns the template of the path at which the router of a route is mounted; `*` if unknown. */
function mountOf(route: object, { router }: ExpressLike): string {
  return findMount(route, router) ?? UNKNOWN_MOUNT;
}

function findMount(route: object, router: RouterLike | undefined): string | undefined {
  for (const layer of router?.stack ?? []) {
    if (layer.route === route) return '';
    const below = layer.handle?.stack && findMount(route, layer.handle);
    if (below !== undefined) return mountPath(layer.rawPath) + below;
  }
  return undefined;
}

function mountPath(path: unknown): string {
  if (typeof path !== 'string') return UNKNOWN_MOUNT;
  return path === '/' ? '' : path;
}

/** Request with the matched route of Express. */
export interface RoutedRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
  readonly app?: ExpressLike;
}

interface FastifyHandling {
  readonly request?: { readonly raw?: object };
  readonly route?: { readonly url?: unknown };
}

// A Fastify middleware sees the raw request only, which has no route; Fastify publishes the route
// on a diagnostics channel.
const FASTIFY_HANDLING = 'tracing:fastify.request.handler:start';
const fastifyRoutes = new WeakMap<object, string>();
const expressRoutes = new WeakMap<object, string>();

/** Subscribes to the routes of Fastify requests, once per process, because the channel is process-wide. */
export function followFastifyRoutes(): void {
  // A channel calls a listener once per subscription.
  unsubscribe(FASTIFY_HANDLING, rememberRoute);
  subscribe(FASTIFY_HANDLING, rememberRoute);
}

function rememberRoute(message: unknown): void {
  if (typeof message !== 'object' || message === null) return;
  try {
    const { request, route } = message as FastifyHandling;
    if (request?.raw !== undefined && typeof route?.url === 'string') {
      fastifyRoutes.set(request.raw, route.url);
    }
  } catch {
    // An error in here would end the process. The message of another publisher is no fault of an application.
  }
}

/** Returns the full path of a request without its query, also within a mounted middleware. */
export function pathOf({ originalUrl, url = '' }: RoutedRequest): string {
  const [path = ''] = (originalUrl ?? url).split('?', 1);
  return path;
}

/** Returns the template of the matched route, such as `/orders/:id`; `undefined` for an unmatched request. */
export function matchedRoute(request: RoutedRequest): string | undefined {
  return expressRoute(request) ?? fastifyRoutes.get(request);
}

/** Returns the template of the route that Express matched; `undefined` for an unmatched request. */
export function expressRoute(request: RoutedRequest): string | undefined {
  // Each Express request may have its own shape, which makes an ordinary property access take a
  // microsecond.
  const route = Reflect.get(request, 'route') as RoutedRequest['route'];
  if (route === undefined) return undefined;
  const known = expressRoutes.get(route);
  if (known !== undefined) return known;
  const path = routeTemplate(route.path);
  if (path === undefined) return undefined;
  const { baseUrl, app = {} } = request;
  // Nest registers its routes at the application itself.
  const template = baseUrl ? `${mountOf(route, app)}${path}` : path;
  expressRoutes.set(route, template);
  return template;
}

/**
 * Returns the path of a route as text. Nest registers paths without a leading slash for unmatched
 * requests below a prefix.
 */
export function routeTemplate(path: unknown): string | undefined {
  if (typeof path === 'string') return path.startsWith('/') ? path : undefined;
  return path instanceof RegExp || Array.isArray(path) ? String(path) : undefined;
}
