import { alerts } from '../alerting/alert-definitions.js';

/** Thresholds of the health score: those of the alerts on the same signals. */
export interface ScoreThresholds {
  /** Failed commands per finished command. */
  readonly command_errors: number;
  /** 95th percentile of the duration of commands, in seconds. */
  readonly command_latency: number;
  /** Lag of a projection, in seconds. */
  readonly projection_lag: number;
  /** 99th percentile of the event loop delay, in seconds. */
  readonly event_loop: number;
  /** Used share of a pool in which somebody waits. */
  readonly pools: number;
  /** Commands of a type in the window below which it is not judged. */
  readonly calls: number;
}

/** Thresholds of the shipped alerts. */
export const defaultThresholds: ScoreThresholds = {
  command_errors: alerts.CommandErrorRateHigh.parameters.ratio.default,
  command_latency: alerts.CommandLatencyHigh.parameters.seconds.default,
  projection_lag: alerts.ProjectionLagHigh.parameters.seconds.default,
  event_loop: alerts.EventLoopDelayHigh.parameters.seconds.default,
  pools: alerts.PoolExhausted.parameters.ratio.default,
  calls: alerts.CommandErrorRateHigh.parameters.calls.default,
};
