import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyAdapterLike, observeFastify } from './fastify-requests.js';
import { expressRoute } from './matched-route.js';
import type { RequestReader } from './open-request.js';
import type { OpenRequests } from './open-requests.js';

/** Part of Nest's Express adapter that is used. */
interface ExpressAdapterLike {
  getInstance(): ExpressLike;
}

interface ExpressLike {
  handle(request: IncomingMessage, response: ServerResponse, ...more: unknown[]): unknown;
}

/**
 * Reader for Express, which changes the prototype of each request and response. On Node 20 and 22
 * every one then has its own shape, so that an ordinary property access misses the inline caches
 * and takes a microsecond.
 */
const expressReader: RequestReader = {
  routeOf: ({ request }) => expressRoute(request),
  statusCodeOf: (response) => Reflect.get(response, 'statusCode') as number,
  socketOf: (response) => Reflect.get(response, 'socket') as Socket | null,
};

/** Observes the routes of an Express application, and requests that no Nest server has reported. */
function observeExpress(adapter: ExpressAdapterLike, requests: OpenRequests): void {
  const express = adapter.getInstance();
  const { handle } = express;
  requests.reader = expressReader;
  // Runs before the middleware, the first of which costs as much as the whole observation.
  express.handle = function observed(request, response, ...more) {
    requests.note(request, response);
    return handle.call(this, request, response, ...more);
  };
}

/** Part of a Nest HTTP adapter that identifies the platform. */
export interface HttpAdapterLike {
  getType?(): string;
}

/**
 * Observes the requests of an application through its platform, because even an empty Nest
 * interceptor costs a fifth of the requests per second.
 *
 * @returns Resolves once the platform is observed; `undefined` for an unknown platform.
 */
export function observePlatform(
  adapter: HttpAdapterLike,
  requests: OpenRequests,
): Promise<void> | undefined {
  switch (adapter.getType?.()) {
    case 'express':
      observeExpress(adapter as ExpressAdapterLike, requests);
      return Promise.resolve();
    case 'fastify':
      return observeFastify(adapter as FastifyAdapterLike, requests);
    default:
      return undefined;
  }
}
