import 'reflect-metadata';

export type { ClusterOptions } from './cluster/member-options.js';
export type { DialectName } from './exporters/prometheus/dialects/dialects.js';
export { ApplicationDrain } from './shutdown/application-drain.js';
export type { DrainPhase } from './shutdown/drain.js';
export type { DrainOptions, NewWork } from './shutdown/in-flight-work.js';
export type {
  HealthCheckAnswer,
  HealthCheckContext,
  HealthCheckReport,
  HealthCheckSettings,
  HealthLevel,
  TerminusResult,
} from './health/health-check.js';
export type {
  HealthCheckOptions,
  HealthDetails,
  HealthRequest,
} from './health/health-check-options.js';
export { ObservedCheck } from './health/observed-check.decorator.js';
export { type ProjectionHealth, ProjectionHealthIndicator } from './health/projection-health.js';
export {
  HealthIndicators,
  type IndicatorResult,
  type NamedResources,
} from './health/health-indicators.js';
export { Command, ObserveCommand } from './instrumentation/decorators/command.decorator.js';
export {
  type CurrentObservation,
  currentObservation,
} from './instrumentation/calls/current-observation.js';
export { EventStoreOperation } from './instrumentation/event-store/event-store-operation.decorator.js';
export type {
  CommandOptions,
  HandlerOptions,
  LabelHook,
  ProjectionOptions,
  QueryOptions,
} from './instrumentation/decorators/handler-options.js';
export type { HandlerLabels } from './instrumentation/binding/labelled-handler.js';
export {
  ObserveProjection,
  Projection,
} from './instrumentation/decorators/projection.decorator.js';
export { ObserveQuery, Query } from './instrumentation/decorators/query.decorator.js';
export type { CockatielBreaker } from './resources/circuit-breakers/cockatiel-breaker.js';
export type { Knex } from './resources/pools/knex-pool.js';
export type { MikroOrm } from './resources/pools/knex-pool.js';
export type { MysqlPool } from './resources/pools/mysql-pool.js';
export type { OpossumBreaker } from './resources/circuit-breakers/opossum-breaker.js';
export type { PgPool } from './resources/pools/pg-pool.js';
export type {
  PrismaClientWithMetrics,
  PrismaMetric,
  PrismaMetrics,
} from './resources/pools/prisma-pool.js';
export type { TypeOrmDataSource } from './resources/pools/typeorm-pool.js';
export type { CqrsClass, CqrsOptions } from './integrations/cqrs/cqrs-options.js';
export type { MessageClass } from './integrations/cqrs/cqrs-role.js';
export { HttpMetricsInterceptor } from './http/http-metrics-interceptor.js';
export type {
  ArgumentHook,
  EventStoreOperationOptions,
  PreparedCall,
  ResultHook,
  StreamEvents,
} from './instrumentation/event-store/store-operation-options.js';
export {
  type EmmettDatabase,
  emmettAdapter,
  emmettPostgresAdapter,
  emmettStreamCount,
} from './integrations/event-store/emmett-adapter.js';
export type {
  EventStoreAdapter,
  EventStoreMethod,
  EventStoreOptions,
  InstrumentStore,
} from './integrations/event-store/event-store-adapter.js';
export { kurrentAdapter } from './integrations/event-store/kurrent-adapter.js';
export { ocodaAdapter } from './integrations/event-store/ocoda-adapter.js';
export { plainAdapter } from './integrations/event-store/plain-adapter.js';
export type { SpanAttribute, SpanAttributes, SpanOptions } from './kernel/call-tracer.js';
export type { Clock } from './kernel/clock.js';
export {
  ConfigurationError,
  type ConfigurationErrorCode,
  configurationErrorCodes,
  type ConfigurationProblem,
} from './kernel/configuration-error.js';
export type { ErrorCategory } from './kernel/error-classification.js';
export type { ErrorClass, ErrorRules } from './kernel/error-classification.js';
export type { StoreEffect } from './kernel/observer.js';
export type { EventFilter } from './kernel/observer.js';
export type { HandlerKind } from './kernel/observer.js';
export { type Outcome, REJECTION } from './kernel/outcome.js';
export type { MetricCardinality } from './metrics/cardinality/cardinality.js';
export type { LabelGroup, LabelRule, LabelRules } from './metrics/cardinality/label-rules.js';
export type {
  CircuitBreakerListener,
  CircuitBreakerSource,
  CircuitBreakerState,
} from './resources/circuit-breakers/circuit-breaker-source.js';
export type { Counter, CounterSeries } from './metrics/instruments/counter.js';
export type { Exemplar } from './metrics/snapshot/snapshot.js';
export type {
  ExponentialBuckets,
  ExponentialSnapshot,
} from './metrics/snapshot/exponential-snapshot.js';
export type { Gauge, GaugeSeries } from './metrics/instruments/gauge.js';
export type { Histogram, HistogramSeries } from './metrics/instruments/histogram.js';
export type { Instrument, LabelValues } from './metrics/instruments/instrument.js';
export { type LintProblem, lintMetrics } from './metrics/definition/metric-lint.js';
export {
  durationBuckets,
  type GaugeAggregation,
  type MetricDefinition,
  type MetricType,
} from './metrics/definition/metric-definition.js';
export { type CatalogueDomain, catalogue } from './metrics/catalogue/catalogue.js';
export type {
  BackgroundPoolSource,
  PoolAnswer,
  PoolReading,
  PoolSource,
} from './resources/pools/pool-source.js';
export type { AnyInstrument } from './metrics/registry.js';
export type {
  ExportedApplication,
  ExporterContext,
  MetricsExporter,
  PullExporter,
  PushExporter,
} from './exporters/port/metrics-exporter.js';
export type { MetricSnapshot, RegistrySnapshot, SeriesBlock } from './metrics/snapshot/snapshot.js';
export type {
  Diagnosis,
  Explanation,
  ExporterDiagnosis,
  FaultDiagnosis,
  HandlerDiagnosis,
  MetricDiagnosis,
  SpanDiagnosis,
  SpanKindDiagnosis,
  SpanKindName,
} from './module/diagnosis/diagnosis.js';
export type { ExporterCounters } from './tracing/start-up/telemetry.js';
export { TRACE_STORE } from './module/wiring/trace-store-provider.js';
export type { KnownCircuitBreaker } from './resources/circuit-breakers/known-breakers.js';
export type { KnownPool } from './resources/pools/known-pools.js';
export type { ManualCall } from './module/recording/manual-call.js';
export type {
  EventStoreFailure,
  EventStoreResult,
  ManualEventStoreOperation,
} from './module/recording/manual-event-store-operation.js';
export type { Registration } from './resources/named-sources.js';
export type {
  CardinalityOptions,
  HealthOptions,
  HttpMetricsOptions,
  ObservabilityModuleExtras,
  ObservabilityOptions,
  ProjectionsOptions,
  PrometheusOptions,
  TracingOptions,
} from './module/options/observability-options.js';
export { ObservabilityModule } from './module/observability.module.js';
export { type CustomMetric, ObservabilityService } from './module/observability-service.js';
export type { CheckpointAnswer, CheckpointSource } from './projections/checkpoint-source.js';
export type {
  HeadAnswer,
  HeadReading,
  HeadSource,
  PartitionedReading,
} from './projections/head-source.js';
export type {
  Checkpoint,
  Position,
  PositionVector,
  ScalarPosition,
} from './projections/position.js';
export type { WaitOptions } from './projections/model/position-waiters.js';
export type { ProjectionProgress } from './projections/projection-progress.js';
export type { ProjectionRecorder } from './projections/projection-recorder.js';
export { type ProjectionScope, Unreadable } from './projections/projection-scope.js';
export type { ProjectionSettings } from './projections/projection-settings.js';
export type { ProjectionState } from './projections/model/projection-state.js';
export { ProjectionStatus } from './projections/projection-status.js';
export {
  ProjectionWaitError,
  type ProjectionWaitErrorCode,
  projectionWaitErrorCodes,
} from './projections/model/position-waiters.js';
export type { DiscoveryOptions } from './resources/observed-resources.js';
