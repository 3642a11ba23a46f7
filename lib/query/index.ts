/**
 * Queries in PromQL over the metrics of the application, and the port that gives them samples.
 *
 * @packageDocumentation
 */

export { LabelMatcher, type MatchOperator } from './label-matcher.js';
export { LabelSet } from './label-set.js';
export {
  QueryError,
  type QueryErrorCode,
  type QueryErrorDetails,
  queryErrorCodes,
} from './query-error.js';
export type { SampleSeries, SeriesSelection, SeriesSource } from './series-source.js';
