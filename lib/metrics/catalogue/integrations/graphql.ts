import { durationBuckets } from '../../definition/metric-definition.js';
import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['graphql'] as const;
const absentWhen = 'No GraphQL operation has ended.';

/** Metrics of GraphQL operations. The metrics of HTTP show the requests that carry them. */
export const graphqlMetrics = {
  operations: {
    name: 'eventcore_graphql_operations_total',
    type: 'counter',
    help: 'GraphQL operations by type, name and outcome. Names come from clients: the first 100, or a list.',
    labels: { operation_type: 'closed', operation: 'open', outcome: 'closed' },
    needs,
    absentWhen,
  },
  duration: {
    name: 'eventcore_graphql_operation_duration_seconds',
    type: 'histogram',
    help: 'Duration of GraphQL operations; of a subscription, until it is established.',
    unit: 'seconds',
    labels: { operation_type: 'closed', operation: 'open' },
    buckets: durationBuckets,
    needs,
    absentWhen,
  },
} as const satisfies Record<string, CatalogueMetric>;
