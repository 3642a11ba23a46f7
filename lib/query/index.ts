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
  QueryApiOptions,
} from '../history/history-options.js';
export { history } from '../history/history-plugin.js';
export { MetricHistory } from '../history/metric-history.js';
export type { AnomalySignal } from '../performance/anomaly-detectors.js';
export type { Anomaly } from '../performance/anomaly-watch.js';
export type { Capacity, CatchUp, MemoryLimits } from '../performance/capacity.js';
export type { HealthScore, ScorePart } from '../performance/health-score.js';
export type { LatencyQuantile } from '../performance/latency-distribution.js';
export {
  PerformanceMonitor,
  type PerformanceSettings,
  type PerformanceWindow,
} from '../performance/performance-monitor.js';
export type { PerformanceOptions } from '../performance/performance-options.js';
export { performance } from '../performance/performance-plugin.js';
export type {
  PerformanceSnapshot,
  PerformanceTrends,
} from '../performance/performance-snapshot.js';
export type { ScoreThresholds } from '../performance/score-thresholds.js';
export type { Trend, TrendDirection } from '../performance/trend.js';
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
