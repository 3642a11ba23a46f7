import { decorateMethod } from '../../../lib/instrumentation/decorators/decorate-method.js';
import type { HandlerOptions } from '../../../lib/instrumentation/decorators/handler-options.js';
import type { CatalogueMetric } from '../../../lib/metrics/catalogue/catalogue-metric.js';
import { callKind } from '../../../lib/metrics/recorders/call-metrics.js';
import { flag } from '../../../lib/options/standard-options.js';

const labels = { queue: 'open', task: 'open' } as const;
const needs = ['handler'] as const;

const metrics = {
  finished: {
    name: 'eventcore_tasks_total',
    type: 'counter',
    help: 'Finished tasks.',
    ...{ labels, needs, absentWhen: 'No task has finished.' },
  },
  failed: {
    name: 'eventcore_task_errors_total',
    type: 'counter',
    help: 'Tasks that failed.',
    ...{ labels, needs, absentWhen: 'No task has failed.' },
  },
  duration: {
    name: 'eventcore_task_duration_seconds',
    type: 'histogram',
    help: 'Duration of tasks.',
    unit: 'seconds',
    buckets: [1, 60],
    ...{ labels: { ...labels, outcome: 'closed' }, needs, absentWhen: 'No task has finished.' },
  },
  concurrent: {
    name: 'eventcore_tasks_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Tasks currently executing.',
    ...{ labels, needs: [...needs, 'option urgent'], absentWhen: 'No task is executing.' },
  },
} as const satisfies Record<string, CatalogueMetric>;

/** Tasks: a handler kind as a plugin defines it. */
export const taskKind = callKind({
  name: 'task',
  nameLabel: 'task',
  fixedLabels: { queue: 'schedule' },
  handlerLabels: false,
  options: { urgent: flag() },
  naming: 'message',
  binding: 'lazy',
  outcomes: ['success', 'failure'],
  errorSource: 'task',
  drain: 'tasks',
  metrics,
  span: {
    prefix: 'task',
    kind: 'consumer',
    attributes: { task: 'task.name', queue: 'task.queue' },
    origin: 'context',
  },
  words: { decorator: '@ObserveTask', plural: 'tasks', plugin: 'tasks()' },
});

interface TaskOptions extends HandlerOptions {
  readonly queue?: string;
  readonly urgent?: boolean;
}

export function ObserveTask(nameOrOptions?: string | TaskOptions): MethodDecorator {
  return decorateMethod(taskKind, nameOrOptions);
}
