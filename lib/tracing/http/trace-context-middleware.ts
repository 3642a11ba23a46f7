import type { IncomingMessage, ServerResponse } from 'node:http';
import { context as contextApi } from '@opentelemetry/api';
import { type HttpTraceOptions, TracedRequests } from './traced-requests.js';

/** A middleware of Express, of Fastify, and of Nest's `MiddlewareConsumer`. */
export type HttpMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Runs each request in the trace of its caller: for applications without auto-instrumentation of HTTP. Where one is
 * active, it does nothing. `x-correlation-id` and `x-causation-id` become the active correlation. In an application that
 * imports `ObservabilityModule`, malformed headers are counted in its metrics.
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
