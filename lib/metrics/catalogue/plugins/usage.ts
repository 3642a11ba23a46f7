import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['usage'] as const;
const labels = { source: 'closed', handler: 'open', tenant: 'open' } as const;

/** Use of handlers by tenants. */
export const usageMetrics = {
  calls: {
    name: 'eventcore_usage_calls_total',
    type: 'counter',
    help: 'Calls of the handler for the tenant that ended, whatever the outcome.',
    labels,
    needs,
    absentWhen: 'No call has ended.',
  },
  wall: {
    name: 'eventcore_usage_wall_seconds_total',
    type: 'counter',
    help: 'Durations of the calls of the handler for the tenant, waiting included.',
    unit: 'seconds',
    labels,
    needs,
    absentWhen: 'No call has ended.',
  },
} as const satisfies Record<string, CatalogueMetric>;

/** Division of the busy time of the event loop. */
export const usageCpuMetrics = {
  cpu: {
    name: 'eventcore_usage_cpu_seconds_total',
    type: 'counter',
    help: 'Estimated busy time of the event loop that the handler used for the tenant.',
    unit: 'seconds',
    labels,
    needs,
    absentWhen: 'The option cpu of usage() is false, or no window with a call has ended.',
  },
  unattributed: {
    name: 'eventcore_usage_cpu_unattributed_seconds_total',
    type: 'counter',
    help: 'Busy time of the event loop that no handler explains. With the time of all handlers it is the whole busy time.',
    unit: 'seconds',
    needs,
    absentWhen: 'The option cpu of usage() is false, or no window has ended.',
  },
} as const satisfies Record<string, CatalogueMetric>;
