import { type Context, context as contextApi, trace, type Tracer } from '@opentelemetry/api';
import { libraryName, libraryVersion } from '../../kernel/library.js';
import { withCorrelation } from './correlation.js';
import type { MessageContext } from './trace-context-carrier.js';

/**
 * The context in which the work that a message asks for belongs: spans become children of its producer, and what is
 * written on the way carries its correlation id.
 *
 * @param base - The context to start from. @defaultValue the active one
 *
 * @example
 * ```ts
 * import { context } from '@opentelemetry/api';
 * import { contextOfMessage, plainMetadata, TraceContextCarrier } from '@eventcore/nestjs-observability/tracing';
 *
 * const carrier = new TraceContextCarrier(plainMetadata);
 *
 * export function consume(message: { headers?: object }, handle: () => Promise<void>): Promise<void> {
 *   return context.with(contextOfMessage(carrier.read(message.headers)), handle);
 * }
 * ```
 */
export function contextOfMessage(
  { spanContext, correlationId, causationId }: MessageContext,
  base: Context = contextApi.active(),
): Context {
  const traced = spanContext === undefined ? base : trace.setSpanContext(base, spanContext);
  if (correlationId === undefined && causationId === undefined) return traced;
  return withCorrelation(traced, { correlationId, causationId });
}

/** The tracer of this library: one name and version for all of its spans, whatever SDK is registered now. */
export function libraryTracer(): Tracer {
  return trace.getTracer(libraryName, libraryVersion);
}
