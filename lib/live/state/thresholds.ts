import { type AlertName, alerts } from '../../alerting/alert-definitions.js';
import type { CallTable } from './live-metrics.js';

/** Values from which on the calls of a table are not well, with the alerts on them. */
export interface CallThresholds {
  readonly failing: number;
  readonly failingAlert: AlertName;
  /** Seconds. */
  readonly p95: number;
  readonly p95Alert: AlertName;
  /** Calls in five minutes from which on a row is judged. */
  readonly calls: number;
}

const { CommandErrorRateHigh: errors } = alerts;

/** Thresholds of the tables whose calls are judged: those of the shipped alerts. */
export const callThresholds: Readonly<Partial<Record<CallTable, CallThresholds>>> = {
  commands: {
    failing: errors.parameters.ratio.default,
    failingAlert: 'CommandErrorRateHigh',
    p95: alerts.CommandLatencyHigh.parameters.seconds.default,
    p95Alert: 'CommandLatencyHigh',
    calls: errors.parameters.calls.default,
  },
  queries: {
    failing: alerts.QueryErrorRateHigh.parameters.ratio.default,
    failingAlert: 'QueryErrorRateHigh',
    p95: alerts.QueryLatencyHigh.parameters.seconds.default,
    p95Alert: 'QueryLatencyHigh',
    calls: errors.parameters.calls.default,
  },
  routes: {
    failing: alerts.HttpErrorRateHigh.parameters.ratio.default,
    failingAlert: 'HttpErrorRateHigh',
    p95: alerts.HttpLatencyHigh.parameters.seconds.default,
    p95Alert: 'HttpLatencyHigh',
    calls: errors.parameters.calls.default,
  },
  operations: {
    failing: alerts.EventStoreErrorRateHigh.parameters.ratio.default,
    failingAlert: 'EventStoreErrorRateHigh',
    p95: alerts.EventStoreLatencyHigh.parameters.seconds.default,
    p95Alert: 'EventStoreLatencyHigh',
    calls: errors.parameters.calls.default,
  },
};

/** Lag of a projection in seconds from which on it is late. */
export const LATE_SECONDS = alerts.ProjectionLagHigh.parameters.seconds.default;

/** Event loop delay in seconds from which on it is high. */
export const LOOP_SECONDS = alerts.EventLoopDelayHigh.parameters.seconds.default;

/** Used share of a pool from which on it is exhausted. */
export const POOL_SHARE = alerts.PoolExhausted.parameters.ratio.default;
