import { CLOSED_SET, type MetricDefinition } from '../definition/metric-definition.js';

/** Circuit breakers. */
export const circuitBreakerMetrics = {
  state: {
    name: 'eventcore_circuit_breaker_state',
    type: 'gauge',
    aggregation: 'max',
    help: 'State of the breaker: 0 closed, 0.5 half-open, 1 open.',
    labels: ['breaker'],
    seriesLimit: CLOSED_SET,
  },
  transitions: {
    name: 'eventcore_circuit_breaker_transitions_total',
    type: 'counter',
    help: 'Changes of the state of the breaker, by the state that it came to.',
    labels: ['breaker', 'state'],
    // Three series for each breaker.
    seriesLimit: 3 * CLOSED_SET,
  },
  rejections: {
    name: 'eventcore_circuit_breaker_rejections_total',
    type: 'counter',
    help: 'Calls that the breaker refused because it was not closed.',
    labels: ['breaker'],
    seriesLimit: CLOSED_SET,
  },
} as const satisfies Record<string, MetricDefinition>;
