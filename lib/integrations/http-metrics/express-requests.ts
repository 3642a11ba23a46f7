import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OpenRequests } from '../../kernel/open-requests.js';
import { expressRoute } from '../http-route/matched-route.js';

/** What is used of Nest's adapter for Express. */
export interface ExpressAdapterLike {
  getInstance(): ExpressLike;
}

interface ExpressLike {
  handle(request: IncomingMessage, response: ServerResponse, ...more: unknown[]): unknown;
}

/** Tells of the routes of an Express application, and of requests that no server of Nest has told of. */
export function observeExpress(adapter: ExpressAdapterLike, requests: OpenRequests): void {
  const express = adapter.getInstance();
  const { handle } = express;
  requests.routeOf = ({ request }) => expressRoute(request);
  // In front of its middleware, the first of which costs as much as all of this.
  express.handle = function observed(request, response, ...more) {
    requests.of(request, response);
    return handle.call(this, request, response, ...more);
  };
}
