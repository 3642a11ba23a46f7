import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { type Observable, tap } from 'rxjs';
import { sharedSymbol } from '../kernel/peers/process-state.js';
import { CLIENT_CLOSED_REQUEST } from './open-request.js';
import { matchedRoute, type RoutedRequest } from './matched-route.js';
import type { HttpRequests } from './http-requests.js';

/** Token of the recorder of the interceptor; `null` when HTTP metrics are off. */
export const HTTP_REQUESTS = sharedSymbol('http-requests');

// Metadata key of the path on route decorators, which Nest does not export.
const PATH_METADATA = 'path';

/**
 * Measures HTTP handlers on platforms other than Express and Fastify; on these two it does nothing.
 * It sees requests that pass the guards and reach a handler, and no unmatched requests. If the
 * platform does not provide the route of a request, `endpoint` is derived from the decorators,
 * without global prefix and version.
 *
 * @example
 * ```ts
 * import { Module } from '@nestjs/common';
 * import { APP_INTERCEPTOR } from '@nestjs/core';
 * import { HttpMetricsInterceptor, ObservabilityModule } from '@eventcore/nestjs-observability';
 *
 * @Module({
 *   imports: [ObservabilityModule.forRoot()],
 *   providers: [{ provide: APP_INTERCEPTOR, useExisting: HttpMetricsInterceptor }],
 * })
 * export class AppModule {}
 * ```
 */
@Injectable()
export class HttpMetricsInterceptor implements NestInterceptor {
  readonly #requests: HttpRequests | null;

  /** @internal */
  constructor(@Inject(HTTP_REQUESTS) requests: HttpRequests | null) {
    this.#requests = requests;
  }

  /** {@inheritDoc NestInterceptor.intercept} */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const requests = this.#requests;
    if (requests === null || requests.isHooked || context.getType() !== 'http')
      return next.handle();
    const measured = requests.begin(requestOf(context));
    if (measured === undefined) return next.handle();
    const end = (status: () => number) =>
      measured.end({ endpoint: () => endpointOf(context), status });
    return next.handle().pipe(
      tap({
        error: (error: unknown) => end(() => statusOfError(error)),
        complete: () => end(() => sentStatus(context)),
        unsubscribe: () => end(() => CLIENT_CLOSED_REQUEST),
      }),
    );
  }
}

function requestOf(context: ExecutionContext): RoutedRequest {
  return context.switchToHttp().getRequest<RoutedRequest>();
}

function endpointOf(context: ExecutionContext): string {
  const matched = matchedRoute(requestOf(context));
  if (matched !== undefined) return matched;
  const parts = [pathOf(context.getClass()), pathOf(context.getHandler())];
  return `/${parts.filter((it) => it !== '').join('/')}`;
}

function pathOf(target: object): string {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  const [first = ''] = [path ?? ''].flat();
  return first.replace(/^\/+|\/+$/g, '');
}

function sentStatus(context: ExecutionContext): number {
  const { statusCode } = context.switchToHttp().getResponse<Partial<ServerResponse>>();
  return statusCode ?? 200;
}

function statusOfError(error: unknown): number {
  const { getStatus } = (error ?? {}) as { getStatus?: unknown };
  return typeof getStatus === 'function' ? Number(getStatus.call(error)) : 500;
}
