import { CLOSED_SET, type MetricDefinition } from '../definition/metric-definition.js';

const pool = {
  type: 'gauge',
  aggregation: 'sum',
  labels: ['pool'],
  seriesLimit: CLOSED_SET,
} as const;

/** Connection pools, as they are when the metrics are read. */
export const poolMetrics = {
  size: {
    ...pool,
    name: 'eventcore_connection_pool_size',
    help: 'Connections that the pool holds open, whether in use or not.',
  },
  available: {
    ...pool,
    name: 'eventcore_connection_pool_available',
    help: 'Open connections that nobody uses.',
  },
  maxSize: {
    ...pool,
    name: 'eventcore_connection_pool_max_size',
    help: 'Connections that the pool may hold open; absent when it has no limit.',
  },
  pending: {
    ...pool,
    name: 'eventcore_connection_pool_pending',
    help: 'Callers that wait for a connection.',
  },
} as const satisfies Record<string, MetricDefinition>;
