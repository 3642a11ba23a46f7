import type { CatalogueMetric } from './catalogue-metric.js';

const needs = ['aggregator'] as const;

/** Metrics of the workers or threads that an aggregator collects. */
export const clusterMetrics = {
  members: {
    name: 'eventcore_cluster_members',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Applications in the scrape by state; silent ones contribute their last reported counts.',
    labels: { state: 'closed' },
    needs,
    absentWhen: 'The aggregator collects no application.',
  },
  ended: {
    name: 'eventcore_cluster_members_ended_total',
    type: 'counter',
    help: 'Ended applications; reported: final counts received, abrupt: last known counts retained.',
    labels: { end: 'closed' },
    needs,
    absentWhen: 'No collected application has ended.',
  },
} as const satisfies Record<string, CatalogueMetric>;
