import type { CatalogueMetric } from './catalogue-metric.js';

const needs = ['aggregator'] as const;

/** The workers or threads whose metrics are put together, as the one that does so sees them. */
export const clusterMetrics = {
  members: {
    name: 'eventcore_cluster_members',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Applications whose metrics are part of the scrape: those that answered, and silent ones, which stand with what they told last.',
    labels: { state: 'closed' },
    needs,
    absentWhen: 'No application is part of the aggregate.',
  },
  ended: {
    name: 'eventcore_cluster_members_ended_total',
    type: 'counter',
    help: 'Applications that ended: reported when they told their counts at the end, abrupt when what they told last has to do.',
    labels: { end: 'closed' },
    needs,
    absentWhen: 'No application of the aggregate has ended.',
  },
} as const satisfies Record<string, CatalogueMetric>;
