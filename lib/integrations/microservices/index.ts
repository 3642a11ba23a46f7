export type { Clock } from '../../kernel/clock.js';
export type { ErrorCategory, ErrorDescription } from '../../kernel/error-classification.js';
export {
  type ErrorClass,
  ErrorClassifier,
  type ErrorRules,
} from '../../kernel/error-classification.js';
export { Faults, type FaultSink } from '../../kernel/faults.js';
export type { Outcome } from '../../kernel/outcome.js';
export type { LinkPolicyOptions } from '../../tracing/context/link-policy.js';
export type { OriginLimits } from '../../tracing/context/span-origin.js';
export type { ExistingContext } from '../../tracing/context/trace-context-carrier.js';
export {
  MESSAGE_TRACE_OPTIONS,
  type MessageHook,
  MessageTraceInterceptor,
  traceMessages,
} from './message-trace-interceptor.js';
export { packetMetadataOf, TraceContextDeserializer } from './trace-context-deserializer.js';
export {
  type AnyClient,
  traceClients,
  tracedClient,
  type TracedClientOptions,
} from './traced-client.js';
export type { MessageTraceOptions } from './traced-messages.js';
export {
  type GrpcMetadata,
  tracedMetadata,
  type TracedMetadataOptions,
} from './traced-metadata.js';
