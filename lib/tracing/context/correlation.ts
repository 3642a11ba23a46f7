import { type Context, createContextKey, type SpanContext, trace } from '@opentelemetry/api';

/** Ids that connect the messages of one business process, independent of tracing. */
export interface Correlation {
  /** Id shared by all messages of one business process. */
  readonly correlationId?: string | undefined;
  /** Id of the message that caused this one. */
  readonly causationId?: string | undefined;
}

const KEY = createContextKey('eventcore.correlation');

/**
 * Returns a context whose ids the carrier writes into metadata that has none. It never throws: a
 * base that is no context is returned as it is.
 *
 * @example
 * ```ts
 * import { context } from '@opentelemetry/api';
 * import { withCorrelation } from '@eventcore/nestjs-observability/tracing';
 *
 * export function handle(command: { id: string; correlationId: string }, run: () => Promise<void>) {
 *   const ids = { correlationId: command.correlationId, causationId: command.id };
 *   return context.with(withCorrelation(context.active(), ids), run);
 * }
 * ```
 */
export function withCorrelation(base: Context, correlation: Correlation): Context {
  try {
    return base.setValue(KEY, correlation);
  } catch {
    return base;
  }
}

/** Returns the ids set by {@link withCorrelation}; empty without them. */
export function correlationOf(context: Context): Correlation {
  return (context.getValue(KEY) as Correlation | undefined) ?? {};
}

const RANDOM_TRACE = createContextKey('eventcore.random-trace');
// https://www.w3.org/TR/trace-context-2/#random-trace-id-flag: whoever passes the trace on keeps it.
const RANDOM_FLAG = 0b10;

/** A context with a remote parent. It remembers the random-trace-id flag, which SDKs take from the spans of the trace. */
export function withRemoteParent(base: Context, parent: SpanContext): Context {
  const context = trace.setSpanContext(base, parent);
  const isRandom = (parent.traceFlags & RANDOM_FLAG) !== 0;
  return isRandom ? context.setValue(RANDOM_TRACE, parent.traceId) : context;
}

/** The active span as it is passed on: with the random-trace-id flag that its trace came with. */
export function activeSpanContext(active: Context): SpanContext | undefined {
  const spanContext = trace.getSpanContext(active);
  if (spanContext === undefined || active.getValue(RANDOM_TRACE) !== spanContext.traceId)
    return spanContext;
  const { traceId, spanId, traceFlags, traceState } = spanContext;
  const flags = { traceFlags: traceFlags | RANDOM_FLAG };
  return { traceId, spanId, ...flags, ...(traceState !== undefined && { traceState }) };
}
