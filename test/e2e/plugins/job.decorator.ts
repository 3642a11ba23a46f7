import { decorateMethod } from '../../../lib/instrumentation/decorators/decorate-method.js';
import type { HandlerOptions } from '../../../lib/instrumentation/decorators/handler-options.js';
import type { CatalogueMetric } from '../../../lib/metrics/catalogue/catalogue-metric.js';
import { callKind } from '../../../lib/metrics/recorders/call-metrics.js';
import { flag } from '../../../lib/options/standard-options.js';

const labels = { queue: 'open', job: 'open' } as const;
const needs = ['handler'] as const;

const metrics = {
  finished: {
    name: 'eventcore_jobs_total',
    type: 'counter',
    help: 'Finished jobs.',
    ...{ labels, needs, absentWhen: 'No job has finished.' },
  },
  failed: {
    name: 'eventcore_job_errors_total',
    type: 'counter',
    help: 'Jobs that failed.',
    ...{ labels, needs, absentWhen: 'No job has failed.' },
  },
  duration: {
    name: 'eventcore_job_duration_seconds',
    type: 'histogram',
    help: 'Duration of jobs.',
    unit: 'seconds',
    buckets: [1, 60],
    ...{ labels: { ...labels, outcome: 'closed' }, needs, absentWhen: 'No job has finished.' },
  },
  concurrent: {
    name: 'eventcore_jobs_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Jobs currently executing.',
    ...{ labels, needs: [...needs, 'option urgent'], absentWhen: 'No job is executing.' },
  },
} as const satisfies Record<string, CatalogueMetric>;

/** Jobs: a handler kind as a plugin defines it. */
export const jobKind = callKind({
  name: 'job',
  nameLabel: 'job',
  fixedLabels: { queue: 'schedule' },
  handlerLabels: false,
  options: { urgent: flag() },
  naming: 'message',
  binding: 'lazy',
  outcomes: ['success', 'failure'],
  errorSource: 'job',
  drain: 'jobs',
  metrics,
  span: {
    prefix: 'job',
    kind: 'consumer',
    attributes: { job: 'job.name', queue: 'job.queue' },
    origin: 'context',
  },
  words: { decorator: '@ObserveJob', plural: 'jobs', plugin: 'jobs()' },
});

interface JobOptions extends HandlerOptions {
  readonly queue?: string;
  readonly urgent?: boolean;
}

export function ObserveJob(nameOrOptions?: string | JobOptions): MethodDecorator {
  return decorateMethod(jobKind, nameOrOptions);
}
