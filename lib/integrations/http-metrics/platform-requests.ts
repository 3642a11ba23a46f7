import { type ExpressAdapterLike, observeExpress } from './express-requests.js';
import { type FastifyAdapterLike, observeFastify } from './fastify-requests.js';
import type { HttpRequests } from './http-requests.js';

/** What is used of an HTTP adapter of Nest to tell the platform. */
export interface HttpAdapterLike {
  getType?(): string;
}

/**
 * Measures the requests of an application in the hooks of its platform: an interceptor of Nest, empty, costs a fifth of
 * the requests per second. A platform without hooks here leaves them to the interceptor.
 */
export function observePlatform(adapter: HttpAdapterLike, requests: HttpRequests): void {
  if (requests.isHooked) return;
  const type = adapter.getType?.();
  if (type === 'express') observeExpress(adapter as ExpressAdapterLike, requests);
  else if (type === 'fastify') observeFastify(adapter as FastifyAdapterLike, requests);
  else return;
  requests.isHooked = true;
}
