import { circuitBreakerMetrics, poolMetrics } from '../../metrics/catalogue/resources.js';
import { alert } from '../alert-definition.js';
import { grows } from '../examples.js';

const { size, available, maxSize, pending } = poolMetrics;
const { state, transitions } = circuitBreakerMetrics;
const opened = `${transitions.name}{breaker="payments",state="open"}`;
const pool = (pendingRequests: string, idle: string) => ({
  [`${size.name}{pool="orders"}`]: '10x30',
  [`${available.name}{pool="orders"}`]: idle,
  [`${maxSize.name}{pool="orders"}`]: '10x30',
  [`${pending.name}{pool="orders"}`]: pendingRequests,
});

/** Alerts on connection pools and circuit breakers. */
export const resourceAlerts = {
  PoolExhausted: alert({
    severity: 'critical',
    for: '2m',
    keepFiringFor: '5m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.9, description: 'connections in use per possible one' },
    },
    expr: ({ ratio }) =>
      `((${size.name} - ${available.name}) / ${maxSize.name} > ${ratio})\nand (min_over_time(${pending.name}[5m]) > 0)`,
    labels: ['job', 'instance', 'pool'],
    summary: 'Pool {{ $labels.pool }} of {{ $labels.job }} has no free connection',
    description:
      '{{ $value | humanizePercentage }} of the connections are in use, and requests have been waiting for one for minutes.',
    runbook: {
      means:
        'More than {ratio} of the connections of a pool are lent, and for minutes requests have been waiting for one without a pause.',
      impact: 'Everything that needs the database waits, and fails at the time limit of the pool.',
      look: [
        'Who keeps the connections: sessions of the database that are idle in a transaction, or wait for a lock.',
        'A handler that forgets to give its connection back, since the last deployment.',
      ],
      act: [
        'End the blocking sessions.',
        'Restart the instance if connections leak.',
        'Enlarge the pool only if the database has room for all instances.',
      ],
    },
    firing: ({ ratio }) => (ratio < 1 ? pool('4x30', '0x30') : undefined),
    quiet: () => pool('0 4x3 0 4x3 0 4x3 0 4x3 0 4x3 0 4x3', '0x30'),
    drill: 'Queries keep all connections of the pool.',
  }),
  CircuitBreakerOpen: alert({
    severity: 'critical',
    keepFiringFor: '5m',
    parameters: {},
    expr: (_, { by }) => `max ${by('breaker')} (min_over_time(${state.name}[5m])) > 0`,
    labels: ['job', 'breaker'],
    summary: 'Circuit breaker {{ $labels.breaker }} of {{ $labels.job }} does not close',
    description:
      'The breaker has been open or half-open for five minutes: its dependency does not recover.',
    runbook: {
      means:
        'A circuit breaker has not been closed for five minutes. It rejects the calls that it protects against.',
      impact: 'What needs the dependency fails at once, or works with a substitute.',
      look: [
        'The dependency: its status page, its own alerts.',
        'The errors before the breaker opened.',
      ],
      act: ['Restore the dependency. The breaker closes by itself with its next successful trial.'],
    },
    firing: () => ({ [`${state.name}{breaker="payments"}`]: '1 1 1 0.5x30' }),
    quiet: () => ({ [`${state.name}{breaker="payments"}`]: '0 1 0.5 0 1 1 0.5 0x23' }),
    drill: 'The dependency of a breaker refuses every call.',
  }),
  CircuitBreakerFlapping: alert({
    severity: 'warning',
    keepFiringFor: '10m',
    parameters: {
      openings: { unit: 'count', default: 3, description: 'openings within 15 minutes' },
    },
    expr: ({ openings }, { by }) =>
      `sum ${by('breaker')} (increase(${transitions.name}{state="open"}[15m])) > ${openings}`,
    labels: ['job', 'breaker'],
    summary: 'Circuit breaker {{ $labels.breaker }} of {{ $labels.job }} opens again and again',
    description:
      'It has opened {{ $value | humanize }} times within 15 minutes; the limit is {openings}.',
    runbook: {
      means:
        'A circuit breaker has opened more than {openings} times within 15 minutes, and closed in between.',
      impact: 'Some calls fail. The dependency works at times, or fails under load.',
      look: [
        'Latency and errors of the dependency under load.',
        'The thresholds of the breaker: too few calls may decide.',
      ],
      act: [
        'Lower the load on the dependency.',
        'Lengthen the time for which the breaker stays open.',
      ],
    },
    firing: ({ openings }) => ({ [opened]: grows(Math.max(1, (openings + 1) / 5)) }),
    quiet: ({ openings }) => ({ [opened]: openings < 2 ? '0x30' : '0x15 1x15' }),
    drill: 'A dependency fails and recovers several times.',
  }),
} as const;
