import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['performance'] as const;

/** Findings of the plugin `performance()`. */
export const performanceFindings = {
  healthScore: {
    name: 'eventcore_health_score_ratio',
    type: 'gauge',
    aggregation: 'min',
    help: 'Health of the service over the last five minutes, 0 to 1: the worst of its parts, each 0.5 at the threshold of its alert.',
    unit: 'ratio',
    needs,
    absentWhen: 'The history holds no signal of the score yet.',
    zeroWhen: 'A signal is at twice the threshold of its alert: see GET /health.',
  },
  utilization: {
    name: 'eventcore_capacity_utilization_ratio',
    type: 'gauge',
    aggregation: 'max',
    help: 'Used share of a limited resource.',
    unit: 'ratio',
    labels: { resource: 'closed' },
    needs,
    absentWhen: 'The history holds no reading of the resource yet, or the resource has no limit.',
  },
  saturation: {
    name: 'eventcore_capacity_saturation_seconds',
    type: 'gauge',
    aggregation: 'min',
    help: 'Time until a resource is used up if its rise of the last hour continues; absent unless the rise is steady.',
    unit: 'seconds',
    labels: { resource: 'closed' },
    needs,
    absentWhen: 'No resource has risen steadily over the last hour.',
  },
} as const satisfies Record<string, CatalogueMetric>;
