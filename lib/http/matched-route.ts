import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import {
  type ExpressApplication,
  type ExpressRoute,
  isAnswering,
  stackOf,
} from './express/express-layers.js';
import {
  boundMiddleware,
  type ExpressEnd,
  isEverything,
  routeAhead,
  routeTemplate,
  routeWithMounts,
} from './express/express-templates.js';

/** Request with the matched route of Express. */
export interface RoutedRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
  readonly app?: ExpressApplication;
}

interface FastifyHandling {
  readonly request?: { readonly raw?: object };
  readonly route?: { readonly url?: unknown };
}

// A Fastify middleware sees the raw request only, which has no route; Fastify publishes the route
// on a diagnostics channel.
const FASTIFY_HANDLING = 'tracing:fastify.request.handler:start';
const fastifyRoutes = new WeakMap<object, string>();
/** Templates of routes that have one for all their requests. */
const expressRoutes = new WeakMap<object, string>();
/** Templates of requests that were answered without their route; `null` for none. */
const outcomes = new WeakMap<object, string | null>();

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

/** Finds the template of a request of one server, in the way of its platform. */
type FindRoute = (request: RoutedRequest) => string | undefined;

const finders = new WeakMap<object, FindRoute>();

/** Remembers how the routes of a server are found. */
export function offerRoutes(server: unknown, find: FindRoute): void {
  if (typeof server === 'object' && server !== null) finders.set(server, find);
}

/** Returns the template of the matched route, such as `/orders/:id`; `undefined` for an unmatched request. */
export function matchedRoute(request: RoutedRequest): string | undefined {
  const known = fastifyRoutes.get(request);
  if (known !== undefined) return known;
  const { server } = (request.socket ?? {}) as { readonly server?: object };
  const find = server && finders.get(server);
  return find === undefined ? expressRoute(request) : find(request);
}

/** Remembers a request that no route has handled, although routes have passed it on. */
export function noteUnmatched(request: object): void {
  outcomes.set(request, null);
}

/**
 * Remembers the route to which a request was sent whose body the parser refuses, which is before routing.
 *
 * @param error - Error that a middleware or a handler has passed on.
 */
export function noteRefusedBody(
  error: unknown,
  request: RoutedRequest,
  root: ExpressApplication,
): void {
  if (!isOfBodyParser(error) || Reflect.get(request, 'route') !== undefined) return;
  outcomes.set(request, routeAhead(endOf(request, root)) ?? null);
}

/**
 * Returns the template of the route to which a request was sent whose client has left before routing, such as in the middle
 * of the body. The body parser learns of that later, if at all.
 */
export function routeOfLost(request: RoutedRequest, root: ExpressApplication): string | undefined {
  if (outcomes.has(request) || Reflect.get(request, 'route') !== undefined) return undefined;
  return routeAhead(endOf(request, root));
}

// Source: https://github.com/expressjs/body-parser#errors
const BODY_ERROR =
  /^(?:charset|encoding|entity|parameters|querystring|request|stream)\.[a-zA-Z.]+$/;

function isOfBodyParser(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { type } = error as { readonly type?: unknown };
  return typeof type === 'string' && BODY_ERROR.test(type);
}

/**
 * Returns the template of the route that Express matched, or the path of the middleware that answered; `undefined` for
 * an unmatched request.
 *
 * @param root - Application of Nest. @defaultValue the one that handled the request
 */
export function expressRoute(
  request: RoutedRequest,
  root?: ExpressApplication,
): string | undefined {
  // Each Express request may have its own shape, which makes an ordinary property access take a
  // microsecond.
  const route = Reflect.get(request, 'route') as ExpressRoute | undefined;
  if (route === undefined) return withoutRoute(request, root);
  return expressRoutes.get(route) ?? findRoute(request, route, root);
}

function withoutRoute(
  request: RoutedRequest,
  root: ExpressApplication | undefined,
): string | undefined {
  const outcome = outcomes.get(request);
  if (outcome !== undefined) return outcome ?? undefined;
  return Reflect.get(request, 'baseUrl') ? boundMiddleware(endOf(request, root)) : undefined;
}

function findRoute(
  request: RoutedRequest,
  route: ExpressRoute,
  root: ExpressApplication | undefined,
): string | undefined {
  if (outcomes.get(request) === null) return undefined;
  const path = routeTemplate(route.path);
  if (path === undefined) return undefined;
  const end = endOf(request, root);
  if (isAnswering(route) && isAtRoot(route, end)) {
    expressRoutes.set(route, path);
    return path;
  }
  // Without its application, a request has the path of its route at most.
  if (end.baseUrl === '' && (root ?? end.app) === undefined) return path;
  const template = routeWithMounts(route, path, end);
  return template !== undefined && isEverything(template) && !isAnswering(route)
    ? undefined
    : template;
}

/** Returns true for a route of the application itself, where Nest registers those of controllers. */
function isAtRoot(route: ExpressRoute, { app, root = app }: ExpressEnd): boolean {
  if (root === undefined || root.parent !== undefined) return false;
  return stackOf(root).some((it) => it.route === route);
}

function endOf(request: RoutedRequest, root: ExpressApplication | undefined): ExpressEnd {
  const { method = '', baseUrl = '', app } = request;
  return { method, path: pathOf(request), baseUrl, app, root };
}
