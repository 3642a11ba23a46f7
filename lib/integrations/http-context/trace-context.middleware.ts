import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Context,
  context as contextApi,
  isSpanContextValid,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { systemClock } from '../../kernel/clock.js';
import { Faults } from '../../kernel/faults.js';
import { libraryTracer } from '../../tracing/context/library-tracer.js';
import { contextOfMessage } from '../../tracing/context/message-scope.js';
import { plainMetadata } from '../../tracing/context/metadata-shape.js';
import { TraceContextCarrier } from '../../tracing/context/trace-context-carrier.js';
import { followFastifyRoutes, pathOf, type RoutedRequest } from './matched-route.js';
import { endWithResponse, startServerSpan } from './server-span.js';

/** Options of {@link traceContext}. */
export interface HttpTraceOptions {
  /**
   * Makes a SERVER span per request, named `GET /orders/:id`. Without it, spans made on the way are children of the
   * caller's span.
   *
   * @defaultValue `true`
   */
  readonly span?: boolean | undefined;
  /**
   * Requests that are not traced, such as those of probes and scrapes, by their whole path without the query.
   *
   * @defaultValue none
   */
  readonly ignore?: ((path: string, request: IncomingMessage) => boolean) | undefined;
  /** Makes the spans. @defaultValue the tracer of this library */
  readonly tracer?: Tracer | undefined;
  /** Where malformed headers are counted. @defaultValue nowhere */
  readonly faults?: Faults | undefined;
}

/** A middleware of Express, of Fastify, and of Nest's `MiddlewareConsumer`. */
export type HttpMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Runs each request in the trace of its caller: for applications without auto-instrumentation of HTTP. Where one is
 * active, it does nothing. `x-correlation-id` and `x-causation-id` become the active correlation.
 *
 * @example
 * ```ts
 * import { NestFactory } from '@nestjs/core';
 * import { traceContext } from '@eventcore/nestjs-observability/http';
 *
 * export async function start(AppModule: object): Promise<void> {
 *   const app = await NestFactory.create(AppModule);
 *   app.use(traceContext({ ignore: (path) => path === '/metrics' }));
 *   await app.listen(3000);
 * }
 * ```
 */
export function traceContext(options: HttpTraceOptions = {}): HttpMiddleware {
  const requests = new TracedRequests(options);
  return (request, response, next) => {
    const scope = requests.scopeOf(request, response);
    if (scope === undefined) next();
    else contextApi.with(scope, () => next());
  };
}

const CORRELATION_HEADERS = { correlationId: 'x-correlation-id', causationId: 'x-causation-id' };

class TracedRequests {
  readonly #options: HttpTraceOptions;
  readonly #faults: Faults;
  readonly #carrier: TraceContextCarrier<object>;

  constructor(options: HttpTraceOptions) {
    this.#options = options;
    this.#faults = options.faults ?? new Faults(systemClock);
    this.#carrier = new TraceContextCarrier(plainMetadata, {
      keys: CORRELATION_HEADERS,
      faults: this.#faults,
    });
    if (options.span !== false) followFastifyRoutes();
  }

  /** The context to run a request in; `undefined` leaves it where it is. */
  scopeOf(request: IncomingMessage, response: ServerResponse): Context | undefined {
    try {
      return this.#scopeOf(request, response);
    } catch (fault) {
      this.#faults.report('http-context', fault);
      return undefined;
    }
  }

  #scopeOf(request: RoutedRequest, response: ServerResponse): Context | undefined {
    const active = contextApi.active();
    if (isTraced(active) || this.#options.ignore?.(pathOf(request), request) === true) {
      return undefined;
    }
    const scope = contextOfMessage(this.#carrier.read(request.headers), active);
    if (this.#options.span === false) return scope;
    const span = startServerSpan(this.#options.tracer ?? libraryTracer(), request, scope);
    if (span.isRecording()) {
      endWithResponse(span, { request, response }, (fault) =>
        this.#faults.report('http-context', fault),
      );
    }
    return trace.setSpan(scope, span);
  }
}

function isTraced(active: Context): boolean {
  const spanContext = trace.getSpanContext(active);
  return spanContext !== undefined && isSpanContextValid(spanContext);
}
