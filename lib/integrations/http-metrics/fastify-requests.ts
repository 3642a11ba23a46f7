import type { IncomingMessage, ServerResponse } from 'node:http';
import { routeTemplate } from '../http-route/matched-route.js';
import type { HttpRequests, MeasuredRequest } from './http-requests.js';
import { onResponseEnd } from '../../kernel/response-end.js';
import { ServedRequest } from './served-request.js';

/** What is used of Nest's adapter for Fastify. */
export interface FastifyAdapterLike {
  getInstance(): FastifyLike;
}

interface FastifyLike {
  addHook(name: 'onRequest' | 'onResponse', hook: FastifyHook): unknown;
}

type FastifyHook = (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void;

interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly routeOptions: { readonly url?: string | undefined };
}

interface FastifyReplyLike {
  readonly raw: ServerResponse & { [mark: symbol]: unknown };
  /** In milliseconds, since Fastify has the request. */
  readonly elapsedTime: number;
}

/** Measures the requests of a Fastify application that is not ready yet. */
export function observeFastify(adapter: FastifyAdapterLike, requests: HttpRequests): void {
  const fastify = adapter.getInstance();
  const isSeen = Symbol('eventcore.seen');
  fastify.addHook('onRequest', (request, reply, done) => {
    // On the response of Node, which takes it without a declaration.
    reply.raw[isSeen] = true;
    const measured = requests.begin(request.raw);
    if (measured !== undefined) {
      const served = new FastifyRequest(request, reply, measured);
      onResponseEnd(request.raw, reply.raw, () => served.over());
    }
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    // A hook in front of ours has answered, as that of CORS does.
    if (reply.raw[isSeen] !== true) {
      const answered = new FastifyRequest(request, reply);
      requests.count(request.raw, answered, reply.elapsedTime / 1000);
    }
    done();
  });
}

class FastifyRequest extends ServedRequest {
  readonly #request: FastifyRequestLike;

  constructor(request: FastifyRequestLike, reply: FastifyReplyLike, measured?: MeasuredRequest) {
    super(reply.raw, measured);
    this.#request = request;
  }

  /** Fastify's own route for what matches none has no URL. */
  endpoint(): string | undefined {
    return routeTemplate(this.#request.routeOptions.url);
  }
}
