import { ConfigurationError } from '../../kernel/configuration-error.js';
import { receiveInstrumentation } from '../decorators/decorate-method.js';
import type { AnyFunction } from '../decorators/function-identity.js';
import { addDecoration, type OperationDecoration } from '../decorators/handler-decoration.js';
import { assertHandlerTarget, assertIsCalled, subjectOf } from '../decorators/handler-target.js';
import { wrapOperation } from './store-call.js';
import { operationProblems } from './store-operation-check.js';
import type { EventStoreOperationOptions } from './store-operation-options.js';

const DECORATOR = '@EventStoreOperation';

/**
 * Observes a method of a custom repository as an event store operation: counts it, times it and
 * creates a span. As with {@link Command}, the behaviour of the method does not change. A returned
 * stream is observed until its end.
 *
 * @param operation - Value of the label `operation`, such as `append` or `read`, with low
 * cardinality; never an id.
 * @param options - Hooks that extract the stream, events and conflicts of a call.
 * @throws ConfigurationError `OBS_HANDLER_TARGET` unless it decorates an instance method,
 * `OBS_HANDLER_OPTION` for an invalid option.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { EventStoreOperation } from '@eventcore/nestjs-observability';
 *
 * class Outdated extends Error {}
 *
 * @Injectable()
 * export class OrderEvents {
 *   @EventStoreOperation('append', {
 *     stream: (stream: string) => stream, // stream_category="order" of "order-7f3a"
 *     events: (_result, _stream, events: unknown[]) => events,
 *     conflict: (error) => error instanceof Outdated,
 *   })
 *   async append(stream: string, events: unknown[]): Promise<void> {
 *     await Promise.resolve([stream, events]);
 *   }
 * }
 * ```
 */
export function EventStoreOperation(
  operation: string,
  options: EventStoreOperationOptions = {},
): MethodDecorator {
  assertIsCalled(DECORATOR, operation);
  return (target: object, key: string | symbol, descriptor?: PropertyDescriptor) => {
    const subject = `${DECORATOR} on ${subjectOf(target, key)}`;
    assertHandlerTarget({ target, key, method: descriptor?.value }, subject);
    const problems = operationProblems(operation, options, subject);
    if (problems.length > 0) throw new ConfigurationError('OBS_HANDLER_OPTION', ...problems);
    const decoration = addDecoration<OperationDecoration>({
      kind: 'event_store',
      target,
      key,
      options: { ...options, operation },
    });
    receiveInstrumentation(target);
    return {
      ...descriptor,
      value: wrapOperation(descriptor?.value as AnyFunction, decoration),
    } as never;
  };
}
