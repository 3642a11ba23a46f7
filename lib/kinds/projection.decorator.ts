import { decorateMethod } from '../instrumentation/decorators/decorate-method.js';
import type { DecoratedKind } from '../instrumentation/decorators/handler-options-check.js';
import type {
  HandlerDecorator,
  HandlerMethod,
  HandlerOptions,
  ProjectionOptions,
} from '../instrumentation/decorators/handler-options.js';
import type { EventFilter } from '../kernel/observer.js';
import { projectionMetrics } from '../metrics/catalogue/projections.js';
import type { MeasuredKind } from '../metrics/recorders/handler-metrics.js';
import { ProjectionMetrics } from '../metrics/recorders/projection-metrics.js';
import { group, list, type MembersOf, option } from '../options/description.js';
import { callback, flag, positive, providerToken } from '../options/standard-options.js';

const token = providerToken({
  remedy: 'Pass the class or token of a provider; hand objects to projection(name).observe().',
});
const namesRemedy = "Pass something like ['OrderPaid'], or leave it out.";
const names = list(
  option((it) => typeof it === 'string', { rule: 'a name', remedy: namesRemedy }),
  { rule: 'an array of at least one name', remedy: namesRemedy, atLeast: 1 },
);

const options: MembersOf<Omit<ProjectionOptions, keyof HandlerOptions>> = {
  metadata: callback('Pass (event) => object.'),
  eventTime: callback('Pass (event) => Date.'),
  position: callback('Pass (event) => event.position.'),
  batch: flag(),
  onSkip: callback('Pass (result) => number.'),
  head: token,
  checkpoint: token,
  filter: group<EventFilter>(
    { eventTypes: names, categories: names },
    {
      rule: 'an object with eventTypes or categories',
      remedy: 'Pass { eventTypes: [...] }, or leave it out.',
    },
  ),
  idleAfterMs: positive('milliseconds'),
  stalledAfterMs: positive('milliseconds'),
  owner: callback('Pass () => boolean.'),
};

/** Kind of projections, which handle events. */
export const projectionKind: DecoratedKind & MeasuredKind<ProjectionMetrics> = {
  name: 'projection',
  nameLabel: 'projection_name',
  handlerLabels: false,
  options,
  naming: 'class',
  // A projection has state from the start.
  binding: 'start',
  outcomes: ['success', 'failure'],
  errorSource: 'projection',
  drain: 'handlings of events',
  metrics: projectionMetrics,
  measure: (deps) => new ProjectionMetrics(deps, projectionKind),
  span: {
    prefix: 'projection',
    kind: 'consumer',
    attributes: { projection_name: 'projection.name' },
    origin: 'event',
    progress: true,
  },
  lines: {
    level: 'debug',
    success: 'Event applied',
    batch: 'Events applied',
    failure: 'Event handling failed',
    retried: 'Event handling attempt failed',
  },
  words: { decorator: '@Projection', plural: 'projections', byHand: 'projection()' },
};

/**
 * Observes a method that applies an event to a projection. Several methods of one class form one projection, one per
 * event type. As with {@link Command}, its behaviour does not change.
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
export function Projection<M extends HandlerMethod>(
  nameOrOptions?: string | ProjectionOptions<M>,
): HandlerDecorator<M> {
  return decorateMethod(projectionKind, nameOrOptions) as HandlerDecorator<M>;
}

/** {@link Projection} under a name of the same family as {@link ObserveCommand}. */
export const ObserveProjection = Projection;
