import { decorateMethod } from '../instrumentation/decorators/decorate-method.js';
import type { DecoratedKind } from '../instrumentation/decorators/handler-options-check.js';
import type {
  HandlerDecorator,
  HandlerMethod,
  HandlerOptions,
} from '../instrumentation/decorators/handler-options.js';
import { jobCallMetrics, jobMetrics } from '../metrics/catalogue/integrations/jobs.js';
import type { MeasuredKind } from '../metrics/recorders/handler-metrics.js';
import { JobMetrics, SCHEDULE } from '../metrics/recorders/job-metrics.js';

/** Options of {@link ObserveJob}. */
export interface JobOptions<M extends HandlerMethod = HandlerMethod> extends HandlerOptions<M> {
  /** Value of the label `queue`, 1 to 128 characters with low cardinality. @defaultValue 'schedule' */
  readonly queue?: string;
}

/** Kind of jobs: scheduled ones, and those of queues. */
export const jobKind: DecoratedKind & MeasuredKind<JobMetrics> = {
  name: 'job',
  nameLabel: 'job',
  fixedLabels: { queue: SCHEDULE },
  handlerLabels: false,
  naming: 'method',
  binding: 'lazy',
  onDemand: true,
  // An attempt succeeds or fails: a job that a business rule refuses has not done its work.
  outcomes: ['success', 'failure'],
  errorSource: 'job',
  drain: 'jobs',
  metrics: { ...jobCallMetrics, ...jobMetrics },
  measure: (deps) => new JobMetrics(deps, { ...jobKind, metrics: jobCallMetrics }),
  span: {
    prefix: 'job',
    kind: 'consumer',
    attributes: { queue: 'job.queue', job: 'job.name' },
    // A job belongs to the trace that added it to its queue.
    origin: 'event',
    identifiesEvent: false,
  },
  lines: {
    level: 'info',
    started: 'Starting job',
    success: 'Job completed',
    failure: 'Job failed',
    retried: 'Job attempt failed',
  },
  words: { decorator: '@ObserveJob', plural: 'jobs', byHand: 'job()' },
};

/**
 * Observes a method as a job. Use it for schedulers and queues that are not found by themselves, such as pg-boss or agenda.
 * As with {@link Command}, its behaviour does not change. Jobs of `@nestjs/schedule`, `@nestjs/bullmq` and `@nestjs/bull`
 * need no decorator.
 *
 * @param nameOrOptions - Name of the job, or options. @defaultValue `Class.method`
 * @throws ConfigurationError `OBS_HANDLER_TARGET`, `OBS_HANDLER_OPTION`
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { ObserveJob } from '@eventcore/nestjs-observability';
 *
 * @Injectable()
 * export class Search {
 *   @ObserveJob({ name: 'reindex', queue: 'pg-boss' })
 *   async reindex(): Promise<void> {}
 * }
 * ```
 */
export function ObserveJob<M extends HandlerMethod>(
  nameOrOptions?: string | JobOptions<M>,
): HandlerDecorator<M> {
  return decorateMethod(jobKind, nameOrOptions) as HandlerDecorator<M>;
}
