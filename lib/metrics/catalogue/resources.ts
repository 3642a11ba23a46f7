import { CLOSED_SET } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const pool = {
  type: 'gauge',
  aggregation: 'sum',
  labels: { pool: 'closed' },
  needs: ['pool'],
} as const;

/** Connection pools, as they are when the metrics are read. */
export const poolMetrics = {
  size: {
    ...pool,
    name: 'eventcore_connection_pool_size',
    help: 'Connections that the pool holds open, whether in use or not.',
    absentWhen: 'No connection pool reports its connections.',
    zeroWhen: 'No connection pool holds a connection open.',
  },
  available: {
    ...pool,
    name: 'eventcore_connection_pool_available',
    help: 'Open connections that nobody uses.',
    absentWhen: 'No connection pool reports its unused connections.',
    zeroWhen: 'No connection pool has an unused connection.',
  },
  maxSize: {
    ...pool,
    name: 'eventcore_connection_pool_max_size',
    help: 'Connections that the pool may hold open; absent when it has no limit.',
    absentWhen: 'No connection pool reports a limit.',
    zeroWhen: 'Each connection pool has the limit 0.',
  },
  pending: {
    ...pool,
    name: 'eventcore_connection_pool_pending',
    help: 'Callers that wait for a connection.',
    absentWhen: 'No connection pool reports waiting callers.',
    zeroWhen: 'No caller waits for a connection.',
  },
} as const satisfies Record<string, CatalogueMetric>;

const labels = { breaker: 'closed' } as const;
const needs = ['circuit breaker'] as const;

/** Circuit breakers. */
export const circuitBreakerMetrics = {
  state: {
    name: 'eventcore_circuit_breaker_state',
    type: 'gauge',
    aggregation: 'max',
    help: 'State of the breaker: 0 closed, 0.5 half-open, 1 open.',
    labels,
    needs,
    absentWhen: 'No circuit breaker reports its state.',
    zeroWhen: 'Each circuit breaker whose state is known is closed.',
  },
  transitions: {
    name: 'eventcore_circuit_breaker_transitions_total',
    type: 'counter',
    help: 'Changes of the state of the breaker, by the state that it came to.',
    labels: { ...labels, state: 'closed' },
    // Three series for each breaker.
    seriesLimit: 3 * CLOSED_SET,
    needs,
    absentWhen: 'No circuit breaker has changed its state.',
  },
  rejections: {
    name: 'eventcore_circuit_breaker_rejections_total',
    type: 'counter',
    help: 'Calls that the breaker refused because it was not closed.',
    labels,
    needs,
    absentWhen: 'No circuit breaker has reported a refused call.',
  },
} as const satisfies Record<string, CatalogueMetric>;
