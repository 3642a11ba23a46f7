import type { CatalogueMetric } from './catalogue-metric.js';

/** Failures over all handlers, by source. */
export const errorMetrics = {
  errors: {
    name: 'eventcore_errors_total',
    type: 'counter',
    help: 'Failures by source, type of the error and category.',
    labels: { source: 'closed', error_type: 'open', category: 'closed' },
    absentWhen: 'No handler and no operation has failed.',
  },
  rate: {
    name: 'eventcore_error_rate_ratio',
    type: 'gauge',
    aggregation: 'max',
    help: 'Failures per finished call over the last minute; 0 when nothing finished.',
    unit: 'ratio',
    labels: { source: 'closed' },
    absentWhen: 'No call that finished within the last minute failed.',
  },
} as const satisfies Record<string, CatalogueMetric>;
