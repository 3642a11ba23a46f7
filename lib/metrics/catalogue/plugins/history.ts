import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['history'] as const;

/** Metric history of the plugin `history()`. */
export const historyMetrics = {
  bytes: {
    name: 'eventcore_history_bytes',
    type: 'gauge',
    help: 'Memory of the metric history.',
    unit: 'bytes',
    needs,
    absentWhen: 'Nothing has been recorded.',
  },
  samples: {
    name: 'eventcore_history_samples',
    type: 'gauge',
    help: 'Samples that the metric history has in memory and in files.',
    needs,
    absentWhen: 'Nothing has been recorded.',
  },
  dropped: {
    name: 'eventcore_history_dropped_total',
    type: 'counter',
    help: 'Samples that the metric history gave up before their retention, beyond a limit or damaged.',
    needs,
    absentWhen: 'No sample has been given up.',
  },
} as const satisfies Record<string, CatalogueMetric>;
