import { decorateMethod } from '../instrumentation/decorators/decorate-method.js';
import type {
  HandlerDecorator,
  HandlerMethod,
  QueryOptions,
} from '../instrumentation/decorators/handler-options.js';
import { outcomes } from '../kernel/errors/error-classification.js';
import { queryMetrics } from '../metrics/catalogue/queries.js';
import { callKind } from '../metrics/recorders/call-metrics.js';

/** Kind of queries. */
export const queryKind = callKind({
  name: 'query',
  nameLabel: 'query_type',
  handlerLabels: true,
  naming: 'message',
  binding: 'lazy',
  outcomes,
  errorSource: 'query',
  drain: 'queries',
  metrics: queryMetrics,
  span: {
    prefix: 'query',
    kind: 'internal',
    attributes: { query_type: 'query.type' },
    origin: 'context',
  },
  lines: {
    level: 'debug',
    success: 'Query executed successfully',
    rejected: 'Query rejected',
    failure: 'Query execution failed',
    retried: 'Query attempt failed',
  },
  words: { decorator: '@Query', plural: 'queries', byHand: 'startQuery()' },
});

/**
 * Observes a method as a query handler. As with {@link Command}, its behaviour does not change.
 *
 * @param nameOrOptions - Name under which the query reports, or options.
 * @throws ConfigurationError `OBS_HANDLER_TARGET`, `OBS_HANDLER_OPTION`
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { Query } from '@eventcore/nestjs-observability';
 *
 * @Injectable()
 * export class Reports {
 *   @Query('Revenue')
 *   async revenue(): Promise<number> {
 *     return 42;
 *   }
 * }
 * ```
 */
export function Query<M extends HandlerMethod>(
  nameOrOptions?: string | QueryOptions<M>,
): HandlerDecorator<M> {
  return decorateMethod(queryKind, nameOrOptions) as HandlerDecorator<M>;
}

/** {@link Query} under a name that does not collide with `Query` of `@nestjs/cqrs` and `@nestjs/common`. */
export const ObserveQuery = Query;
