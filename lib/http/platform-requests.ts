import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyAdapterLike, observeFastify } from './fastify-requests.js';
import { expressRoute } from './matched-route.js';
import type { RequestReader } from './open-request.js';
import type { OpenRequests } from './open-requests.js';

/** What is used of Nest's adapter for Express. */
interface ExpressAdapterLike {
  getInstance(): ExpressLike;
}

interface ExpressLike {
  handle(request: IncomingMessage, response: ServerResponse, ...more: unknown[]): unknown;
}

/**
 * Express changes the prototype of each request and response. On Node 20 and 22 every one then has a shape of its own, and
 * an ordinary look at a property fails the caches for it, which takes a microsecond.
 */
const expressReader: RequestReader = {
  routeOf: ({ request }) => expressRoute(request),
  statusCodeOf: (response) => Reflect.get(response, 'statusCode') as number,
  socketOf: (response) => Reflect.get(response, 'socket') as Socket | null,
};

/** Tells of the routes of an Express application, and of requests that no server of Nest has told of. */
function observeExpress(adapter: ExpressAdapterLike, requests: OpenRequests): void {
  const express = adapter.getInstance();
  const { handle } = express;
  requests.reader = expressReader;
  // In front of its middleware, the first of which costs as much as all of this.
  express.handle = function observed(request, response, ...more) {
    requests.of(request, response);
    return handle.call(this, request, response, ...more);
  };
}

/** What is used of an HTTP adapter of Nest to tell the platform. */
export interface HttpAdapterLike {
  getType?(): string;
}

/**
 * Follows the requests of an application where its platform tells of them and of their routes: an interceptor of Nest,
 * empty, costs a fifth of the requests per second.
 *
 * @returns When the platform is followed; `undefined` for one that is not known here.
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
