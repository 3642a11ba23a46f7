export type { Clock } from '../kernel/clock.js';
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
export {
  JaegerTraceStore,
  type JaegerTraceStoreOptions,
} from './store/jaeger/jaeger-trace-store.js';
export type { EndedSpan, EndedSpanEvent } from './store/memory/span-copy.js';
export { InMemoryTraceStore, type TraceStoreUsage } from './store/memory/in-memory-trace-store.js';
export type { InMemoryTraceStoreOptions } from './store/memory/in-memory-trace-store-options.js';
export type { RemoteTraceStoreOptions } from './store/remote/remote-trace-store-options.js';
export type {
  StoredAttributes,
  StoredAttributeValue,
  StoredSpan,
  StoredSpanEvent,
  StoredSpanKind,
  StoredSpanLink,
  StoredSpanStatus,
  StoredSpanStatusCode,
  StoredTrace,
} from './store/stored-trace.js';
export { TempoTraceStore, type TempoTraceStoreOptions } from './store/tempo/tempo-trace-store.js';
export { DEFAULT_TRACE_LIMIT, MAX_TRACE_LIMIT, type TraceQuery } from './store/trace-query.js';
export {
  TraceStoreError,
  type TraceStoreErrorCode,
  traceStoreErrorCodes,
  type TraceStoreErrorDetails,
} from './store/trace-store.js';
export type { TraceStore, TraceStoreResult } from './store/trace-store.js';
export type {
  ByNameSamplerOptions,
  CustomSampler,
  NameRule,
  ParentBasedSamplerOptions,
  RateLimitSamplerOptions,
  RatioSamplerOptions,
  SamplerOptions,
} from './samplers/sampler-options.js';
export { startTelemetry } from './start-up/start-telemetry.js';
export type {
  ExportEvent,
  ExportListener,
  Telemetry,
  TelemetryMember,
} from './start-up/telemetry.js';
export type { TelemetryReport, TelemetryState } from './start-up/telemetry.js';
export type { ExporterCounters } from './start-up/telemetry.js';
export type {
  BatchOptions,
  ConsoleExporterOptions,
  CustomExporterOptions,
  DetectorOptions,
  ExportCompression,
  ExporterOptions,
  OtlpExporterOptions,
  OtlpProtocol,
  PropagatorName,
  SpanExporterPort,
  SpanProcessorPort,
  TelemetryOptions,
  ZipkinExporterOptions,
} from './start-up/options/telemetry-options.js';
