import { durationBuckets } from '../../definition/metric-definition.js';
import type { CatalogueMetric } from '../catalogue-metric.js';

const labels = { database: 'open', operation: 'closed' } as const;
const needs = ['databases'] as const;

/** Metrics of database queries, by operation and never by statement. */
export const databaseMetrics = {
  queries: {
    name: 'eventcore_database_queries_total',
    type: 'counter',
    help: 'Finished database queries by operation, with any outcome. The operation connect is a query that got no connection.',
    labels,
    needs,
    absentWhen:
      'No client of a known make is among the providers, and none was passed to DatabaseQueries.',
  },
  errors: {
    name: 'eventcore_database_query_errors_total',
    type: 'counter',
    help: 'Failed database queries, by operation and error type: the code of the database, else the class of the error.',
    labels: { ...labels, error_type: 'open' },
    needs,
    absentWhen: 'No query has failed.',
  },
  duration: {
    name: 'eventcore_database_query_duration_seconds',
    type: 'histogram',
    help: 'Duration of database queries as the client sees it, by operation.',
    unit: 'seconds',
    labels,
    buckets: durationBuckets,
    needs,
    absentWhen: 'No query has ended.',
  },
} as const satisfies Record<string, CatalogueMetric>;
