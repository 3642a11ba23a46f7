import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyAdapterLike, observeFastify } from './fastify-requests.js';
import {
  type ExpressApplication,
  type ExpressHandler,
  layersOf,
  stackOf,
} from './express/express-layers.js';
import { expressRoute, noteRefusedBody, noteUnmatched, routeOfLost } from './matched-route.js';
import { CLIENT_CLOSED_REQUEST, type RequestReader } from './open-request.js';
import type { OpenRequests } from './open-requests.js';

/** Part of Nest's Express adapter that is used. */
interface ExpressAdapterLike {
  getInstance(): ExpressLike;
  setNotFoundHandler(handler: ExpressHandler, ...more: unknown[]): unknown;
}

interface ExpressLike extends ExpressApplication {
  handle(request: IncomingMessage, response: ServerResponse, ...more: unknown[]): unknown;
}

/**
 * Returns the reader for Express, which changes the prototype of each request and response. On Node 20 and 22
 * every one then has its own shape, so that an ordinary property access misses the inline caches
 * and takes a microsecond.
 */
function expressReader(express: ExpressApplication): RequestReader {
  return {
    routeOf(open) {
      const { request } = open;
      const route = expressRoute(request, express);
      if (route !== undefined || open.status() !== CLIENT_CLOSED_REQUEST) return route;
      return open.isHandled() ? routeOfLost(request, express) : undefined;
    },
    isHandled: ({ request }) => 'originalUrl' in request,
    statusCodeOf: (response) => Reflect.get(response, 'statusCode') as number,
    socketOf: (response) => Reflect.get(response, 'socket') as Socket | null,
  };
}

/** Observes the routes of an Express application, and requests that no Nest server has reported. */
function observeExpress(adapter: ExpressAdapterLike, requests: OpenRequests): ObservedPlatform {
  const express = adapter.getInstance();
  const { handle } = express;
  requests.reader = expressReader(express);
  // Runs before the middleware, the first of which costs as much as the whole observation.
  express.handle = function observed(request, response, ...more) {
    requests.note(request, response);
    return handle.call(this, request, response, ...more);
  };
  const { setNotFoundHandler } = adapter;
  adapter.setNotFoundHandler = function observed(handler, ...more) {
    const observing: ExpressHandler = (request, response, next) => {
      noteUnmatched(request);
      return handler(request, response, next);
    };
    return setNotFoundHandler.call(this, observing, ...more);
  };
  return {
    ready: Promise.resolve(),
    findRoute: (request) => expressRoute(request, express),
    settle: () => observeErrors(express, requests),
  };
}

type ErrorHandler = (
  ...values: [error: unknown, request: IncomingMessage, ...unknown[]]
) => unknown;

/** Number of parameters by which Express tells error handlers. */
const ERROR_HANDLER_ARITY = 4;

/** Observes the errors of body parsers, once the application has all its error handlers. */
function observeErrors(express: ExpressApplication, requests: OpenRequests): void {
  for (const layer of layersOf(stackOf(express))) {
    if (layer.handle.length !== ERROR_HANDLER_ARITY) continue;
    const handle = layer.handle as unknown as ErrorHandler;
    const observed: ErrorHandler = (...values) => {
      try {
        noteRefusedBody(values[0], values[1], express);
      } catch (fault) {
        requests.report(fault);
      }
      return handle(...values);
    };
    Object.defineProperty(observed, 'length', { value: ERROR_HANDLER_ARITY });
    layer.handle = observed as unknown as ExpressHandler;
  }
}

/** Platform whose requests are observed. */
export interface ObservedPlatform {
  /** Resolves when requests can be served. */
  readonly ready: Promise<void>;
  /** Returns the template of a request, such as `/orders/:id`. */
  readonly findRoute: (request: IncomingMessage) => string | undefined;
  /** Observes what the application has registered up to its start. */
  settle?(): void;
}

/** Part of a Nest HTTP adapter that identifies the platform. */
export interface HttpAdapterLike {
  getType?(): string;
}

/**
 * Observes the requests of an application through its platform, because even an empty Nest
 * interceptor costs a fifth of the requests per second.
 *
 * @returns The observed platform; `undefined` for an unknown one.
 */
export function observePlatform(
  adapter: HttpAdapterLike,
  requests: OpenRequests,
): ObservedPlatform | undefined {
  switch (adapter.getType?.()) {
    case 'express':
      return observeExpress(adapter as ExpressAdapterLike, requests);
    case 'fastify':
      return observeFastify(adapter as FastifyAdapterLike, requests);
    default:
      return undefined;
  }
}
