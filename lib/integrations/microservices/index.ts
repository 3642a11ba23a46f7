/**
 * Observation of messages: the strategies and the client proxies of `@nestjs/microservices`.
 *
 * @packageDocumentation
 */

export { ErrorClassifier } from '../../kernel/errors/error-classification.js';
export { type ErrorDescription } from '../../kernel/errors/error-description.js';
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
