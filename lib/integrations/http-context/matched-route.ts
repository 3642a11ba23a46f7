import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** A request as Express leaves it: with the route that matched. */
export interface RoutedRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
}

interface FastifyHandling {
  readonly request?: { readonly raw?: object };
  readonly route?: { readonly url?: unknown };
}

// A middleware of Fastify sees the raw request only, which knows no route; Fastify names it on a diagnostics channel.
const FASTIFY_HANDLING = 'tracing:fastify.request.handler:start';
const fastifyRoutes = new WeakMap<object, string>();

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
  const path = request.route?.path;
  if (typeof path === 'string') return `${request.baseUrl ?? ''}${path}`;
  return fastifyRoutes.get(request);
}
