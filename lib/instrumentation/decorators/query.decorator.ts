import { decorateMethod } from './decorate-method.js';
import type { QueryOptions } from './handler-options.js';

/**
 * Observes a method as the handler of a query. See {@link Command} for what it leaves alone.
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
export function Query(nameOrOptions?: string | QueryOptions): MethodDecorator {
  return decorateMethod('query', nameOrOptions);
}

/** {@link Query} under a name that does not collide with `Query` of `@nestjs/cqrs` and `@nestjs/common`. */
export const ObserveQuery = Query;
