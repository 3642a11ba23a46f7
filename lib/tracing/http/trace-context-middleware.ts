import type { IncomingMessage, ServerResponse } from 'node:http';
import { context as contextApi } from '@opentelemetry/api';
import { type HttpTraceOptions, TracedRequests } from './traced-requests.js';

/** Middleware for Express, Fastify and Nest's `MiddlewareConsumer`. */
export type HttpMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Returns a middleware that runs each request in the trace of its caller, for applications without
 * HTTP auto-instrumentation. If one is active, the middleware does nothing. `x-correlation-id` and
 * `x-causation-id` become the active correlation. An application that imports `ObservabilityModule`
 * counts malformed headers in its metrics.
 *
 * @example
 * ```ts
 * import { NestFactory } from '@nestjs/core';
 * import { traceContext } from '@eventcore/nestjs-observability/tracing';
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
