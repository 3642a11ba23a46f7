import type { IncomingMessage, ServerResponse } from 'node:http';
import { routeTemplate } from '../http-route/matched-route.js';
import type { HttpRequests, MeasuredRequest } from './http-requests.js';
import { onLostInQueue, ServedRequestEnd } from './response-end.js';

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
  readonly is404: boolean;
  readonly routeOptions: { readonly url?: string | undefined };
}

interface FastifyReplyLike {
  readonly raw: ServerResponse;
  /** In milliseconds, since Fastify has the request. */
  readonly elapsedTime: number;
}

/** Measures the requests of a Fastify application that is not ready yet. */
export function observeFastify(adapter: FastifyAdapterLike, requests: HttpRequests): void {
  const fastify = adapter.getInstance();
  // On the request itself, for a map with weak keys costs the garbage collector more than all the rest. One application
  // may stand behind another on one server: each has a key of its own.
  const key = Symbol('eventcore.measured');
  type Marked = FastifyRequestLike & { [key]?: MeasuredRequest | null };
  fastify.addHook('onRequest', (request: Marked, reply, done) => {
    const measured = requests.begin(request.raw);
    request[key] = measured ?? null;
    if (measured !== undefined) {
      const end = () => measured.end(new FastifyEnd(request, reply));
      reply.raw.on('close', end);
      onLostInQueue(request.raw, reply.raw, end);
    }
    done();
  });
  fastify.addHook('onResponse', (request: Marked, reply, done) => {
    const measured = request[key];
    const end = new FastifyEnd(request, reply);
    // A hook in front of ours may have answered, as that of CORS does.
    if (measured === undefined) requests.count(request.raw, end, reply.elapsedTime / 1000);
    else measured?.end(end);
    done();
  });
}

class FastifyEnd extends ServedRequestEnd {
  readonly #request: FastifyRequestLike;

  constructor(request: FastifyRequestLike, reply: FastifyReplyLike) {
    super(reply.raw);
    this.#request = request;
  }

  endpoint(): string | undefined {
    const { is404, routeOptions } = this.#request;
    return is404 ? undefined : routeTemplate(routeOptions.url);
  }
}
