/**
 * Trace stores: ended spans in memory, in Jaeger and in Tempo, behind one query interface.
 *
 * @packageDocumentation
 */

export { JaegerTraceStore, type JaegerTraceStoreOptions } from './jaeger/jaeger-trace-store.js';
export type { InMemoryTraceStoreOptions } from './memory/in-memory-trace-store-options.js';
export { InMemoryTraceStore, type TraceStoreUsage } from './memory/in-memory-trace-store.js';
export type { EndedSpan, EndedSpanEvent } from './memory/span-copy.js';
export type { RemoteTraceStoreOptions } from './remote/remote-trace-store-options.js';
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
} from './stored-trace.js';
export { TempoTraceStore, type TempoTraceStoreOptions } from './tempo/tempo-trace-store.js';
export { DEFAULT_TRACE_LIMIT, MAX_TRACE_LIMIT, type TraceQuery } from './trace-query.js';
export {
  TRACE_STORE,
  type TraceStore,
  TraceStoreError,
  type TraceStoreErrorCode,
  traceStoreErrorCodes,
  type TraceStoreErrorDetails,
  type TraceStoreResult,
} from './trace-store.js';
