import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** What is read of a router of Express. */
interface RouterLike {
  readonly stack?: readonly LayerLike[];
}

interface LayerLike {
  readonly route?: object;
  readonly handle?: RouterLike;
  /** As it was given to `use`; routers before 2.3 do not keep it. */
  readonly rawPath?: unknown;
}

/** What is read of an application of Express. */
interface ExpressLike {
  readonly router?: RouterLike;
}

// The path at which a router is mounted is not told to a request, only what of its own path stood there.
const UNKNOWN_MOUNT = '*';

/** Template of the path at which the router of a route is mounted in an application; `*` when it cannot be told. */
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

/** A request as Express leaves it: with the route that matched. */
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

// A middleware of Fastify sees the raw request only, which knows no route; Fastify names it on a diagnostics channel.
const FASTIFY_HANDLING = 'tracing:fastify.request.handler:start';
const fastifyRoutes = new WeakMap<object, string>();
const expressRoutes = new WeakMap<object, string>();

/** Lets Fastify tell the routes of its requests. Once per process, for the channel belongs to the process. */
export function followFastifyRoutes(): void {
  // A channel calls a listener as often as it was added.
  unsubscribe(FASTIFY_HANDLING, rememberRoute);
  subscribe(FASTIFY_HANDLING, rememberRoute);
}

function rememberRoute(message: unknown): void {
  const { request, route } = message as FastifyHandling;
  if (request?.raw !== undefined && typeof route?.url === 'string') {
    fastifyRoutes.set(request.raw, route.url);
  }
}

/** Path of a request without its query; the whole of it, also where a middleware is mounted on a part. */
export function pathOf({ originalUrl, url = '' }: RoutedRequest): string {
  const [path = ''] = (originalUrl ?? url).split('?', 1);
  return path;
}

/** Template of the route that a request matched, such as `/orders/:id`; `undefined` when it matched none. */
export function matchedRoute(request: RoutedRequest): string | undefined {
  return expressRoute(request) ?? fastifyRoutes.get(request);
}

/** Template of the route that a request of Express matched; `undefined` when it matched none. */
export function expressRoute(request: RoutedRequest): string | undefined {
  // Each request of Express may have a shape of its own, and an ordinary look then takes a microsecond.
  const route = Reflect.get(request, 'route') as RoutedRequest['route'];
  if (route === undefined) return undefined;
  const known = expressRoutes.get(route);
  if (known !== undefined) return known;
  const path = routeTemplate(route.path);
  if (path === undefined) return undefined;
  const { baseUrl, app = {} } = request;
  // Routes of Nest are those of the application itself.
  const template = baseUrl ? `${mountOf(route, app)}${path}` : path;
  expressRoutes.set(route, template);
  return template;
}

/** A route's path as text. That without a slash in front is Nest's own, for what no route of a prefix matched. */
export function routeTemplate(path: unknown): string | undefined {
  if (typeof path === 'string') return path.startsWith('/') ? path : undefined;
  return path instanceof RegExp || Array.isArray(path) ? String(path) : undefined;
}
