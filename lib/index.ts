/**
 * The module, the decorators of commands, queries and projections, health checks, and the services that applications inject.
 *
 * @packageDocumentation
 */

import 'reflect-metadata';

export { HealthIndicators } from './health/health-indicators.js';
export { ObservedCheck } from './health/observed-check.decorator.js';
export { ProjectionHealthIndicator } from './health/projection-health.js';
export { HttpMetricsInterceptor } from './http/http-metrics-interceptor.js';
export type { HandlerLabels } from './instrumentation/binding/labelled-handler.js';
export {
  currentObservation,
  type CurrentObservation,
} from './instrumentation/calls/current-observation.js';
export { Command, ObserveCommand } from './kinds/command.decorator.js';
export type {
  CommandOptions,
  HandledEvent,
  HandlerDecorator,
  HandlerMethod,
  HandlerOptions,
  HandlerResult,
  LabelHook,
  ProjectionOptions,
  QueryOptions,
} from './instrumentation/decorators/handler-options.js';
export { type JobOptions, ObserveJob } from './kinds/job.decorator.js';
export { ObserveProjection, Projection } from './kinds/projection.decorator.js';
export { ObserveQuery, Query } from './kinds/query.decorator.js';
export { EventStoreOperation } from './instrumentation/event-store/event-store-operation.decorator.js';
export type { CqrsClass, CqrsOptions } from './integrations/cqrs/cqrs-options.js';
export type { JobsOptions } from './jobs/jobs-options.js';
export type { Clock } from './kernel/clock.js';
export {
  ConfigurationError,
  type ConfigurationErrorCode,
  configurationErrorCodes,
  type ConfigurationProblem,
} from './kernel/configuration-error.js';
export type { ErrorClass, ErrorRules } from './kernel/errors/error-classification.js';
export type { ErrorCategory } from './kernel/errors/error-description.js';
export { type Outcome, REJECTION } from './kernel/errors/error-classification.js';
export type {
  Diagnosis,
  Explanation,
  ExporterDiagnosis,
  EndpointDiagnosis,
  FaultDiagnosis,
  HandlerDiagnosis,
  MetricDiagnosis,
  SpanDiagnosis,
  SpanKindDiagnosis,
} from './module/diagnosis/diagnosis.js';
export { ObservabilityService } from './module/observability-service.js';
export { ObservabilityModule } from './module/observability.module.js';
export type {
  ObservabilityModuleExtras,
  ObservabilityOptions,
} from './module/options/observability-options.js';
export type { DiagnosisOptions } from './module/options/diagnosis-options.js';
export type { CustomMetric } from './metrics/definition/metric-definition.js';
export type { PrometheusOptions } from './module/options/prometheus-options.js';
export type { CardinalityOptions } from './metrics/cardinality/cardinality-options.js';
export type { HealthOptions } from './health/health-options.js';
export type { HttpMetricsOptions } from './http/http-metrics-options.js';
export type { ProjectionsOptions } from './module/options/projections-options.js';
export type { TracingOptions } from './tracing/tracing-options.js';
export { ManualCall } from './module/recording/manual-call.js';
export {
  ProjectionWaitError,
  type ProjectionWaitErrorCode,
  projectionWaitErrorCodes,
} from './projections/model/position-waiters.js';
export { ProjectionStatus } from './projections/projection-status.js';
export type { DiscoveryOptions } from './resources/discovery-options.js';
export type { Registration } from './resources/named-sources.js';

export { ApplicationDrain } from './shutdown/application-drain.js';
export type { DrainOptions } from './shutdown/drain-options.js';
export type { ObservabilityPlugin, PluginContext } from './plugins/plugin.js';
