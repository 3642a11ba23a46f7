/**
 * Start-up of tracing, and the trace context that travels with messages and events.
 *
 * @packageDocumentation
 */

export type { SpanAttribute, SpanAttributes, SpanOptions } from '../kernel/call-tracer.js';
export { Faults, type FaultSink } from '../kernel/faults.js';
export { type Correlation, correlationOf, withCorrelation } from './context/correlation.js';
export { type HeadersLike, headersMetadata } from './context/headers-metadata.js';
export {
  extractFromJobData,
  injectIntoJobData,
  JOB_TRACE_KEY,
  type JobTraceOptions,
} from './context/job-data.js';
export { LinkPolicy, type LinkPolicyOptions } from './context/link-policy.js';
export { contextOfMessage } from './context/message-scope.js';
export {
  byteMetadata,
  mapMetadata,
  type MetadataShape,
  nestedMetadata,
  plainMetadata,
} from './context/metadata-shape.js';
export {
  contextOfOrigin,
  LINKS_OMITTED,
  type OriginEvent,
  type OriginInfo,
  type OriginLimits,
  type SpanOrigin,
} from './context/span-origin.js';
export {
  type ExistingContext,
  type MessageContext,
  type MessageContextKeys,
  type MessageContextValues,
  TraceContextCarrier,
  type TraceContextCarrierOptions,
} from './context/trace-context-carrier.js';
export {
  formatTraceparent,
  parseTraceparent,
  type Traceparent,
} from './context/traceparent.format.js';
export { type HttpMiddleware, traceContext } from './http/trace-context-middleware.js';
export type { HttpTraceOptions } from './http/traced-requests.js';
export type {
  ByNameSamplerOptions,
  CustomSampler,
  NameRule,
  ParentBasedSamplerOptions,
  RateLimitSamplerOptions,
  RatioSamplerOptions,
  SamplerOptions,
} from './samplers/sampler-options.js';
export type {
  BatchOptions,
  ConsoleExporterOptions,
  CustomExporterOptions,
  DetectorOptions,
  ExporterOptions,
  OtlpExporterOptions,
  PropagatorName,
  SpanExporterPort,
  SpanProcessorPort,
  TelemetryOptions,
  ZipkinExporterOptions,
} from './start-up/options/telemetry-options.js';
export { startTelemetry } from './start-up/start-telemetry.js';
export type {
  ExportEvent,
  ExportListener,
  Telemetry,
  TelemetryMember,
} from './start-up/telemetry.js';
export type {
  ExporterCounters,
  TelemetryReport,
  TelemetryState,
} from './start-up/telemetry-report.js';
