import { group, type OptionDescription } from '../options/description.js';
import { positive, timerMs, wholeNumber } from '../options/standard-options.js';
import type { ScoreThresholds } from './score-thresholds.js';

/** Options of {@link performance}. */
export interface PerformanceOptions {
  /** Time between two evaluations of score, anomalies and capacity, in milliseconds. @defaultValue 15000 */
  readonly intervalMs?: number;
  /**
   * Values at which a part of the health score is 0.5.
   *
   * @defaultValue the thresholds of the shipped alerts
   */
  readonly thresholds?: Partial<ScoreThresholds>;
}

/** Description of {@link PerformanceOptions}. */
export const performanceOptions: OptionDescription = group<PerformanceOptions>({
  intervalMs: timerMs(),
  thresholds: group<ScoreThresholds>({
    command_errors: positive('failures per command'),
    command_latency: positive('seconds'),
    projection_lag: positive('seconds'),
    event_loop: positive('seconds'),
    pools: positive('used connections per connection'),
    calls: wholeNumber(1, 1_000_000),
  }),
});
