import type { ServerResponse } from 'node:http';
import { expressRoute, type RoutedRequest } from '../http-route/matched-route.js';
import type { HttpRequests } from './http-requests.js';
import { onLostInQueue, ServedRequestEnd } from './response-end.js';

/** What is used of Nest's adapter for Express. */
export interface ExpressAdapterLike {
  use(middleware: ExpressMiddleware): unknown;
}

type ExpressMiddleware = (
  request: RoutedRequest,
  response: ServerResponse,
  next: () => void,
) => void;

/** Measures the requests of an Express application from the middleware on that is added now. */
export function observeExpress(adapter: ExpressAdapterLike, requests: HttpRequests): void {
  adapter.use((request, response, next) => {
    const measured = requests.begin(request);
    if (measured !== undefined) {
      const end = () => measured.end(new ExpressEnd(request, response));
      response.on('finish', end);
      response.on('close', end);
      onLostInQueue(request, response, end);
    }
    next();
  });
}

class ExpressEnd extends ServedRequestEnd {
  readonly #request: RoutedRequest;

  constructor(request: RoutedRequest, response: ServerResponse) {
    super(response);
    this.#request = request;
  }

  endpoint(): string | undefined {
    return expressRoute(this.#request);
  }
}
