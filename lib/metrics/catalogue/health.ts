import {
  CLOSED_SET,
  durationBuckets,
  type MetricDefinition,
} from '../definition/metric-definition.js';

const labels = ['check'] as const;

/** Health checks, as they were answered last. */
export const healthMetrics = {
  status: {
    name: 'eventcore_health_check_status',
    type: 'gauge',
    aggregation: 'min',
    help: 'What a health check answered last: 1 well, 0.5 degraded, 0 down.',
    labels,
    seriesLimit: CLOSED_SET,
  },
  duration: {
    name: 'eventcore_health_check_duration_seconds',
    type: 'histogram',
    help: 'Time that a health check took, to the end of its limit at most.',
    unit: 'seconds',
    labels,
    seriesLimit: CLOSED_SET,
    buckets: durationBuckets,
  },
} as const satisfies Record<string, MetricDefinition>;
