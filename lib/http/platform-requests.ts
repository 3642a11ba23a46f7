import type { OpenRequests } from './open-requests.js';
import { type ExpressAdapterLike, observeExpress } from './express-requests.js';
import { type FastifyAdapterLike, observeFastify } from './fastify-requests.js';

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
