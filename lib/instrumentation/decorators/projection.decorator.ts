import { decorateMethod } from './decorate-method.js';
import type { ProjectionOptions } from './handler-options.js';

/**
 * Observes a method as one that applies an event to a projection. Several methods of one class are one projection, one
 * per event type. See {@link Command} for what it leaves alone.
 *
 * @param nameOrOptions - Name of the projection, or options.
 * @throws ConfigurationError `OBS_HANDLER_TARGET`, `OBS_HANDLER_OPTION`
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { Projection } from '@eventcore/nestjs-observability';
 *
 * @Injectable()
 * export class DailyRevenue {
 *   total = 0;
 *
 *   @Projection('daily_revenue')
 *   async orderPaid(event: { amount: number }): Promise<void> {
 *     this.total += event.amount;
 *   }
 * }
 * ```
 */
export function Projection(nameOrOptions?: string | ProjectionOptions): MethodDecorator {
  return decorateMethod('projection', nameOrOptions);
}

/** {@link Projection} under a name of the same family as {@link ObserveCommand}. */
export const ObserveProjection = Projection;
