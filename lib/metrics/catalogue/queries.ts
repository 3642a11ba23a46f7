import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const labels = { query_type: 'open' } as const;
const needs = ['handler'] as const;

/** Query metrics, with one series per query. */
export const queryMetrics = {
  finished: {
    name: 'eventcore_queries_total',
    type: 'counter',
    help: 'Finished queries, with any outcome.',
    labels,
    needs,
    absentWhen: 'No query has finished.',
  },
  failed: {
    name: 'eventcore_query_errors_total',
    type: 'counter',
    help: 'Queries that failed.',
    labels,
    needs,
    absentWhen: 'No query has failed.',
  },
  duration: {
    name: 'eventcore_query_duration_seconds',
    type: 'histogram',
    help: 'Duration of queries.',
    unit: 'seconds',
    labels: { ...labels, outcome: 'closed' },
    buckets: durationBuckets,
    needs,
    absentWhen: 'No query has finished.',
  },
  concurrent: {
    name: 'eventcore_queries_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Queries currently executing.',
    labels,
    needs,
    absentWhen: 'No query is executing.',
  },
} as const satisfies Record<string, CatalogueMetric>;
