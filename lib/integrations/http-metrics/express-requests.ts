import type { ServerResponse } from 'node:http';
import { expressRoute, type RoutedRequest } from '../http-route/matched-route.js';
import type { HttpRequests, MeasuredRequest } from './http-requests.js';
import { onResponseEnd } from '../../kernel/response-end.js';
import { ServedRequest } from './served-request.js';

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
      const served = new ExpressRequest(request, response, measured);
      onResponseEnd(request, response, () => served.over());
    }
    next();
  });
}

class ExpressRequest extends ServedRequest {
  readonly #request: RoutedRequest;

  constructor(request: RoutedRequest, response: ServerResponse, measured: MeasuredRequest) {
    super(response, measured);
    this.#request = request;
  }

  endpoint(): string | undefined {
    return expressRoute(this.#request);
  }
}
