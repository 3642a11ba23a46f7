import type { CatalogueMetric } from './catalogue-metric.js';

/** Failures of all handlers by source. */
export const errorMetrics = {
  errors: {
    name: 'eventcore_errors_total',
    type: 'counter',
    help: 'Failures by source, error type and category.',
    labels: { source: 'closed', error_type: 'open', category: 'closed' },
    absentWhen: 'No handler or operation has failed.',
  },
  rate: {
    name: 'eventcore_error_rate_ratio',
    type: 'gauge',
    aggregation: 'max',
    help: 'Ratio of failed to finished calls over the last minute; 0 when no call finished.',
    unit: 'ratio',
    labels: { source: 'closed' },
    absentWhen: 'No call that finished within the last minute failed.',
  },
} as const satisfies Record<string, CatalogueMetric>;
