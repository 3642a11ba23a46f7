/**
 * History of the application's metrics, queries in PromQL, and the port that gives them samples.
 *
 * @packageDocumentation
 */

export type {
  HistoryDuration,
  HistoryOptions,
  HistoryRollupOptions,
  HistoryStorageOptions,
} from '../history/history-options.js';
export { history } from '../history/history-plugin.js';
export { MetricHistory } from '../history/metric-history.js';
export { LabelMatcher, type MatchOperator } from './label-matcher.js';
export { LabelSet } from './label-set.js';
export { type InstantQuery, MetricQueries, type RangeQuery } from './metric-queries.js';
export {
  QueryError,
  type QueryErrorCode,
  type QueryErrorDetails,
  queryErrorCodes,
} from './query-error.js';
export type { MetricQueriesOptions } from './query-options.js';
export type { MatrixSeries, QueryResult, VectorSample } from './query-result.js';
export type { SampleSeries, SeriesSelection, SeriesSource } from './series-source.js';
