import { assertIsCalled } from '../../instrumentation/decorators/handler-target.js';
import { group } from '../../options/description.js';
import { text } from '../../options/standard-options.js';
import { decoratePipelineMethod } from './decorated-method.js';

/**
 * Counts the runs of a pipeline: each subscription of the Observable that the method returns, each iteration of an async
 * iterable, a stream of Node.js until it ends, a promise until it settles. A run completes, fails or is cancelled.
 *
 * @param name - Value of the label `pipeline`, 1 to 128 characters with low cardinality.
 * @throws ConfigurationError `OBS_HANDLER_TARGET`, `OBS_HANDLER_OPTION` for an invalid name; when the application starts
 * `OBS_HANDLER_DUPLICATE` for a second method with the name.
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
  return decoratePipelineMethod({
    decorator: '@Pipeline',
    options: { name },
    description,
    names: () => ({ pipeline: name }),
    observe: (flow, method) => (self, args) =>
      flow.ran(() => Reflect.apply(method, self, args) as unknown),
  });
}

const description = group<{ readonly name: string }>({
  name: text(undefined, { required: true, remedy: "Pass a short text: @Pipeline('trades')." }),
});
