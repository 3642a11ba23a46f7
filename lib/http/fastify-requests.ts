import type { IncomingMessage, ServerResponse } from 'node:http';
import { plainReader } from './open-request.js';
import type { OpenRequests } from './open-requests.js';
import { routeTemplate } from './express/express-templates.js';
import { pathOf } from './matched-route.js';
import { MiddlewareMounts } from './middleware-mounts.js';
import { type FastifyConfig, type FastifyRoute, FastifyRoutes } from './fastify-routes.js';

/** Part of Nest's Fastify adapter that is used. */
export interface FastifyAdapterLike {
  getInstance(): FastifyLike;
  use?(...values: unknown[]): unknown;
  createMiddlewareFactory?(
    ...values: unknown[]
  ): Promise<(path: string, callback: unknown) => unknown>;
}

type FastifyRawRequest = IncomingMessage & { readonly originalUrl?: string };

interface FastifyLike {
  readonly initialConfig: FastifyConfig;
  addHook(name: 'onRoute', hook: (route: FastifyRouteOptions) => void): unknown;
  addHook(name: 'onRequest', hook: FastifyHook): unknown;
  printRoutes(): string;
  setNotFoundHandler(...options: unknown[]): unknown;
}

interface FastifyRouteOptions extends FastifyRoute {
  handler: FastifyHandler;
}

interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly routeOptions: { readonly url?: string | undefined };
}

interface FastifyReply {
  readonly raw: ServerResponse;
}

type FastifyHandler = (this: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;

type FastifyHook = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

// Output of printRoutes() for an application without routes.
const NO_ROUTES = '(empty tree)';

/**
 * Observes the routes of a Fastify application before it is ready, and requests that arrive without
 * a server. A request hook would provide both but costs a twentieth of the requests per second;
 * handlers provide them for free.
 */
export function observeFastify(
  adapter: FastifyAdapterLike,
  requests: OpenRequests,
): ObservedFastify {
  const fastify = adapter.getInstance();
  const routes = new FastifyRoutes(fastify.initialConfig);
  const telling = (handler: FastifyHandler, route: string | null): FastifyHandler =>
    function observed(request, reply) {
      const open = requests.note(request.raw, reply.raw);
      if (open !== undefined) open.route = route;
      return handler.call(this, request, reply);
    };
  fastify.addHook('onRoute', (route) => {
    try {
      routes.add(route);
      route.handler = telling(route.handler, routeTemplate(route.url) ?? null);
    } catch (fault) {
      requests.report(fault);
    }
  });
  observeExistingRoutes(fastify, requests);
  const { setNotFoundHandler } = fastify;
  fastify.setNotFoundHandler = function observed(...options) {
    const told = options.map((it) =>
      typeof it === 'function' ? telling(it as FastifyHandler, null) : it,
    );
    return setNotFoundHandler.apply(this, told);
  };
  const mounts = middlewareMounts(adapter);
  const findRoute = (request: FastifyRawRequest) => mounts.find(request) ?? find(routes, request);
  requests.reader = {
    ...plainReader,
    isHandled: ({ route, request }) => route !== undefined || findRoute(request) !== undefined,
    routeOf: ({ route, request }) =>
      (route === undefined ? findRoute(request) : route) ?? undefined,
  };
  return { ready: routes.load(), findRoute };
}

/** Fastify application whose requests are observed. */
interface ObservedFastify {
  readonly ready: Promise<void>;
  readonly findRoute: (request: IncomingMessage) => string | undefined;
}

/** Collects the paths of middleware. */
function middlewareMounts(adapter: FastifyAdapterLike): MiddlewareMounts {
  const mounts = new MiddlewareMounts();
  const { use, createMiddlewareFactory } = adapter;
  if (use === undefined || createMiddlewareFactory === undefined) return mounts;
  adapter.use = function observed(...values) {
    mounts.add(values[0]);
    return use.apply(this, values);
  };
  adapter.createMiddlewareFactory = async function observed(...values) {
    const register = await createMiddlewareFactory.apply(this, values);
    return (path, callback) => {
      mounts.add(path);
      return register(path, callback);
    };
  };
  return mounts;
}

/** Observes the routes of an instance that was created beforehand, which it does not report. */
function observeExistingRoutes(fastify: FastifyLike, requests: OpenRequests): void {
  if (fastify.printRoutes() === NO_ROUTES) return;
  fastify.addHook('onRequest', (request, reply, done) => {
    try {
      const open = requests.note(request.raw, reply.raw);
      if (open !== undefined) open.route = routeTemplate(request.routeOptions.url) ?? null;
    } catch (fault) {
      requests.report(fault);
    }
    done();
  });
}

/**
 * Finds the route of a request that ended before its handler: by a hook, because of its body, or
 * because the client disconnected.
 */
function find(routes: FastifyRoutes, request: IncomingMessage): string | undefined {
  // A middleware mounted on a path sees only the rest of the path.
  return routeTemplate(routes.find(request.method ?? '', pathOf(request)));
}
