import { CLOSED_SET } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const pool = {
  type: 'gauge',
  aggregation: 'sum',
  labels: { pool: 'closed' },
  needs: ['pool'],
} as const;

/** Connection pool metrics, read at snapshot time. */
export const poolMetrics = {
  size: {
    ...pool,
    name: 'eventcore_connection_pool_size',
    help: 'Open connections of a pool, idle or in use.',
    absentWhen: 'No connection pool reports its connections.',
    zeroWhen: 'No connection pool has an open connection.',
  },
  available: {
    ...pool,
    name: 'eventcore_connection_pool_available',
    help: 'Idle connections of a pool.',
    absentWhen: 'No connection pool reports its idle connections.',
    zeroWhen: 'No connection pool has an idle connection.',
  },
  maxSize: {
    ...pool,
    name: 'eventcore_connection_pool_max_size',
    help: 'Maximum number of open connections of a pool; absent when unlimited.',
    absentWhen: 'No connection pool reports a limit.',
    zeroWhen: 'Each connection pool has the limit 0.',
  },
  pending: {
    ...pool,
    name: 'eventcore_connection_pool_pending',
    help: 'Requests waiting for a connection of a pool.',
    absentWhen: 'No connection pool reports waiting requests.',
    zeroWhen: 'No request waits for a connection.',
  },
} as const satisfies Record<string, CatalogueMetric>;

const labels = { breaker: 'closed' } as const;
const needs = ['circuit breaker'] as const;

/** Circuit breaker metrics. */
export const circuitBreakerMetrics = {
  state: {
    name: 'eventcore_circuit_breaker_state',
    type: 'gauge',
    aggregation: 'max',
    help: 'State of a circuit breaker: 0 closed, 0.5 half-open, 1 open.',
    labels,
    needs,
    absentWhen: 'No circuit breaker reports its state.',
    zeroWhen: 'Each circuit breaker whose state is known is closed.',
  },
  transitions: {
    name: 'eventcore_circuit_breaker_transitions_total',
    type: 'counter',
    help: 'State transitions of a circuit breaker, by target state.',
    labels: { ...labels, state: 'closed' },
    // Three series for each breaker.
    seriesLimit: 3 * CLOSED_SET,
    needs,
    absentWhen: 'No circuit breaker has changed state.',
  },
  rejections: {
    name: 'eventcore_circuit_breaker_rejections_total',
    type: 'counter',
    help: 'Calls that a circuit breaker rejected because it was not closed.',
    labels,
    needs,
    absentWhen: 'No circuit breaker has reported a rejected call.',
  },
} as const satisfies Record<string, CatalogueMetric>;
