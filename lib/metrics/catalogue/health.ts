import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const labels = { check: 'closed' } as const;

/** Health checks, as they were answered last. */
export const healthMetrics = {
  status: {
    name: 'eventcore_health_check_status',
    type: 'gauge',
    aggregation: 'min',
    help: 'What a health check answered last: 1 well, 0.5 degraded, 0 down.',
    labels,
    absentWhen: 'No health check has run: checks run when a health endpoint is requested.',
    zeroWhen: 'Each health check was down when it last ran.',
  },
  duration: {
    name: 'eventcore_health_check_duration_seconds',
    type: 'histogram',
    help: 'Time that a health check took, to the end of its limit at most.',
    unit: 'seconds',
    labels,
    buckets: durationBuckets,
    absentWhen: 'No health check has run: checks run when a health endpoint is requested.',
  },
} as const satisfies Record<string, CatalogueMetric>;
