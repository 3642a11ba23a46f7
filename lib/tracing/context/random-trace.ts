import {
  type Context,
  createContextKey,
  type Span,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';

// https://www.w3.org/TR/trace-context-2/#random-trace-id-flag: every participant of a trace passes it on. SDKs give the
// spans of the trace the sampled flag only.
const RANDOM_FLAG = 0b10;

const RANDOM_TRACE = createContextKey('eventcore.random-trace');

/** Returns a context with a remote parent, which retains the random-trace-id flag of its trace. */
export function withRemoteParent(base: Context, parent: SpanContext): Context {
  return keepRandomTrace(trace.setSpanContext(base, parent), parent);
}

/**
 * Returns a context that retains the random-trace-id flag of a trace for all its spans.
 *
 * @param origin - Span context of the trace as it was received. @defaultValue the remote parent of the active span,
 * which another instrumentation has extracted
 */
export function keepRandomTrace(
  active: Context,
  origin: SpanContext | undefined = parentOf(trace.getSpan(active)),
): Context {
  if (!isRandom(origin) || active.getValue(RANDOM_TRACE) === origin.traceId) return active;
  return active.setValue(RANDOM_TRACE, origin.traceId);
}

/** Returns the active span context as it is passed on: with the random-trace-id flag that its trace was received with. */
export function activeSpanContext(active: Context): SpanContext | undefined {
  const span = trace.getSpan(active);
  const spanContext = span?.spanContext();
  if (spanContext === undefined) return undefined;
  const { traceId, spanId, traceFlags, traceState } = spanContext;
  if (active.getValue(RANDOM_TRACE) !== traceId && !isRandom(parentOf(span))) return spanContext;
  const flags = { traceFlags: traceFlags | RANDOM_FLAG };
  return { traceId, spanId, ...flags, ...(traceState !== undefined && { traceState }) };
}

/** Propagator that retains the random-trace-id flag, for the instrumentations of an application, too. */
export class RandomTracePropagator implements TextMapPropagator {
  readonly #inner: TextMapPropagator;

  constructor(inner: TextMapPropagator) {
    this.#inner = inner;
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const spanContext = activeSpanContext(context);
    const isChanged = spanContext !== undefined && spanContext !== trace.getSpanContext(context);
    const scope = isChanged ? trace.setSpanContext(context, spanContext) : context;
    this.#inner.inject(scope, carrier, setter);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const extracted = this.#inner.extract(context, carrier, getter);
    return keepRandomTrace(extracted, trace.getSpanContext(extracted));
  }

  fields(): string[] {
    return this.#inner.fields();
  }
}

/** Returns the parent of a span that an SDK records; other spans do not know theirs. */
function parentOf(span: Span | undefined): SpanContext | undefined {
  return (span as { readonly parentSpanContext?: SpanContext } | undefined)?.parentSpanContext;
}

function isRandom(spanContext: SpanContext | undefined): spanContext is SpanContext {
  return spanContext !== undefined && (spanContext.traceFlags & RANDOM_FLAG) !== 0;
}
