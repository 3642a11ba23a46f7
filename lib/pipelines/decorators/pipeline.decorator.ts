import { assertIsCalled } from '../../instrumentation/decorators/handler-target.js';
import { decoratePipelineMethod } from './decorated-method.js';

/**
 * Counts the runs of a pipeline: each subscription of the Observable that the method returns, each iteration of an async
 * iterable, a stream of Node.js until it ends, a promise until it settles. A run completes, fails or is cancelled.
 *
 * @param name - Value of the label `pipeline`, 1 to 128 characters with low cardinality.
 * @throws ConfigurationError `OBS_HANDLER_TARGET`
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { Pipeline } from '@eventcore/nestjs-observability/pipelines';
 * import { interval } from 'rxjs';
 *
 * @Injectable()
 * export class Heartbeats {
 *   @Pipeline('heartbeats')
 *   beats() {
 *     return interval(1_000);
 *   }
 * }
 * ```
 */
export function Pipeline(name: string): MethodDecorator {
  assertIsCalled('@Pipeline', name);
  return decoratePipelineMethod(
    '@Pipeline',
    name,
    (flow, method) => (self, args) => flow.ran(() => Reflect.apply(method, self, args) as unknown),
  );
}
