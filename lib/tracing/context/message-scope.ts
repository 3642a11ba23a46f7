import {
  type Context,
  context as contextApi,
  propagation,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { libraryName, libraryVersion } from '../../kernel/library.js';
import { withCorrelation } from './correlation.js';
import { withRemoteParent } from './random-trace.js';
import type { MessageContext } from './trace-context-carrier.js';

/**
 * Returns the context for the work that a message triggers. Spans become children of its producer,
 * and outgoing messages carry its correlation id. It never throws: an unreadable message leaves the
 * context as it is.
 *
 * @param base - Context to derive from. @defaultValue the active context
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
  message: MessageContext,
  base: Context = contextApi.active(),
): Context {
  try {
    const { spanContext, correlationId, causationId, baggage } = message;
    const scope = baggage === undefined ? base : propagation.setBaggage(base, baggage);
    const traced = spanContext === undefined ? scope : withRemoteParent(scope, spanContext);
    if (correlationId === undefined && causationId === undefined) return traced;
    return withCorrelation(traced, { correlationId, causationId });
  } catch {
    return base;
  }
}

/** Returns the tracer of the library from the currently registered SDK. All spans share its name and version. */
export function libraryTracer(): Tracer {
  return trace.getTracer(libraryName, libraryVersion);
}
