import { group } from '../options/description.js';
import { timerMs, wholeNumber } from '../options/standard-options.js';

/** Settings and limits of {@link MetricQueries}. */
export interface MetricQueriesOptions {
  /** Age from which the newest sample of a series is too old for a selector, in milliseconds. @defaultValue 300000 */
  readonly lookbackMs?: number;
  /** Resolution of subqueries that name none, in milliseconds. @defaultValue 60000 */
  readonly subqueryStepMs?: number;
  /** Most series that one selector may select. @defaultValue 20000 */
  readonly maxSeries?: number;
  /** Most samples that one query may read and compute. @defaultValue 20000000 */
  readonly maxSamples?: number;
  /** Most steps of a range query or a subquery. @defaultValue 11000 */
  readonly maxSteps?: number;
  /** Longest duration of a query, in milliseconds. @defaultValue 30000 */
  readonly timeoutMs?: number;
}

/** Defaults of {@link MetricQueriesOptions}. */
export const queryDefaults: Required<MetricQueriesOptions> = {
  lookbackMs: 300_000,
  subqueryStepMs: 60_000,
  maxSeries: 20_000,
  maxSamples: 20_000_000,
  maxSteps: 11_000,
  timeoutMs: 30_000,
};

/** Description of {@link MetricQueriesOptions}. */
export const metricQueriesOptions = group<MetricQueriesOptions>({
  lookbackMs: timerMs(),
  subqueryStepMs: timerMs(),
  maxSeries: wholeNumber(1, 1_000_000),
  maxSamples: wholeNumber(1, 1_000_000_000),
  maxSteps: wholeNumber(1, 1_000_000),
  timeoutMs: timerMs(),
});
