import { CLOSED_SET, type MetricDefinition } from '../definition/metric-definition.js';

/** The workers or threads whose metrics are put together, as the one that does so sees them. */
export const clusterMetrics = {
  members: {
    name: 'eventcore_cluster_members',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Applications whose metrics are part of the scrape: those that answered, and silent ones, which stand with what they told last.',
    labels: ['state'],
    seriesLimit: CLOSED_SET,
  },
  ended: {
    name: 'eventcore_cluster_members_ended_total',
    type: 'counter',
    help: 'Applications that ended: reported when they told their counts at the end, abrupt when what they told last has to do.',
    labels: ['end'],
    seriesLimit: CLOSED_SET,
  },
} as const satisfies Record<string, MetricDefinition>;
