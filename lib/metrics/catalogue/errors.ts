import { CLOSED_SET, type MetricDefinition } from '../definition/metric-definition.js';

/** Failures over all handlers, by source. */
export const errorMetrics = {
  errors: {
    name: 'eventcore_errors_total',
    type: 'counter',
    help: 'Failures by source, type of the error and category.',
    labels: ['source', 'error_type', 'category'],
  },
  rate: {
    name: 'eventcore_error_rate_ratio',
    type: 'gauge',
    aggregation: 'max',
    help: 'Failures per finished call over the last minute; 0 when nothing finished.',
    unit: 'ratio',
    labels: ['source'],
    seriesLimit: CLOSED_SET,
  },
} as const satisfies Record<string, MetricDefinition>;
