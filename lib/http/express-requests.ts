import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestReader } from './open-request.js';
import type { OpenRequests } from './open-requests.js';
import { expressRoute } from './matched-route.js';

/** What is used of Nest's adapter for Express. */
export interface ExpressAdapterLike {
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
export function observeExpress(adapter: ExpressAdapterLike, requests: OpenRequests): void {
  const express = adapter.getInstance();
  const { handle } = express;
  requests.reader = expressReader;
  // In front of its middleware, the first of which costs as much as all of this.
  express.handle = function observed(request, response, ...more) {
    requests.of(request, response);
    return handle.call(this, request, response, ...more);
  };
}
