import { durationBuckets, type MetricDefinition } from '../definition/metric-definition.js';

const labels = ['query_type'] as const;

/** Queries: one series per query. */
export const queryMetrics = {
  finished: {
    name: 'eventcore_queries_total',
    type: 'counter',
    help: 'Queries that finished, whatever their outcome.',
    labels,
  },
  failed: {
    name: 'eventcore_query_errors_total',
    type: 'counter',
    help: 'Queries that failed.',
    labels,
  },
  duration: {
    name: 'eventcore_query_duration_seconds',
    type: 'histogram',
    help: 'Time from the start of a query to its end.',
    unit: 'seconds',
    labels: [...labels, 'outcome'],
    buckets: durationBuckets,
  },
  concurrent: {
    name: 'eventcore_queries_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Queries executing now.',
    labels,
  },
} as const satisfies Record<string, MetricDefinition>;
