/**
 * Instruments, the registry, the port of metric exporters, and the types of pools and circuit breakers.
 *
 * @packageDocumentation
 */

export type {
  ExportedApplication,
  ExporterContext,
  MetricsExporter,
  PullExporter,
  PushExporter,
} from '../exporters/port/metrics-exporter.js';
export type {
  CircuitBreakerListener,
  CircuitBreakerSource,
  CircuitBreakerState,
} from '../resources/circuit-breakers/circuit-breaker-source.js';
export type { CockatielBreaker } from '../resources/circuit-breakers/cockatiel-breaker.js';
export type { KnownCircuitBreaker } from '../resources/circuit-breakers/known-breakers.js';
export type { OpossumBreaker } from '../resources/circuit-breakers/opossum-breaker.js';
export type { KnexLike, MikroOrmLike } from '../resources/pools/knex-pool.js';
export type { KnownPool } from '../resources/pools/known-pools.js';
export type { MysqlPool } from '../resources/pools/mysql-pool.js';
export type { PgPool } from '../resources/pools/pg-pool.js';
export type {
  BackgroundPoolSource,
  PoolAnswer,
  PoolReading,
  PoolSource,
} from '../resources/pools/pool-source.js';
export type {
  PrismaClientWithMetrics,
  PrismaMetric,
  PrismaMetrics,
} from '../resources/pools/prisma-pool.js';
export type { TypeOrmDataSource } from '../resources/pools/typeorm-pool.js';
export type { MetricCardinality } from './cardinality/cardinality.js';
export type { LabelGroup, LabelRule, LabelRules } from './cardinality/label-rules.js';
export { catalogue, type CatalogueDomain } from './catalogue/catalogue.js';
export {
  durationBuckets,
  type GaugeAggregation,
  type MetricDefinition,
  type MetricType,
} from './definition/metric-definition.js';
export { lintMetrics, type LintProblem } from './definition/metric-lint.js';
export { Counter, CounterSeries } from './instruments/counter.js';
export { Gauge, GaugeSeries } from './instruments/gauge.js';
export { Histogram, HistogramSeries } from './instruments/histogram.js';
export { Instrument, type LabelValues, type ScalarInstrument } from './instruments/instrument.js';
export type { SlotSeries } from './instruments/slot-series.js';
export type { AnyInstrument } from './instruments/any-instrument.js';
export type { ExponentialBuckets, ExponentialSnapshot } from './snapshot/exponential-snapshot.js';
export type {
  Exemplar,
  MetricSnapshot,
  RegistrySnapshot,
  SeriesBlock,
} from './snapshot/snapshot.js';
