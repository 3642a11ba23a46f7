import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const labels = { check: 'closed' } as const;

/** Health check metrics, from the last result of each check. */
export const healthMetrics = {
  status: {
    name: 'eventcore_health_check_status',
    type: 'gauge',
    aggregation: 'min',
    help: 'Last result of a health check: 1 ok, 0.5 degraded, 0 down.',
    labels,
    absentWhen: 'No health check has run: checks run when a health endpoint is requested.',
    zeroWhen: 'The last result of each health check was down.',
  },
  duration: {
    name: 'eventcore_health_check_duration_seconds',
    type: 'histogram',
    help: 'Duration of health checks, at most their time limit.',
    unit: 'seconds',
    labels,
    buckets: durationBuckets,
    absentWhen: 'No health check has run: checks run when a health endpoint is requested.',
  },
} as const satisfies Record<string, CatalogueMetric>;
