import {
  type Context,
  createContextKey,
  isSpanContextValid,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
  TraceFlags,
} from '@opentelemetry/api';

const SINGLE = 'b3';
const TRACE_ID = 'x-b3-traceid';
const SPAN_ID = 'x-b3-spanid';
const SAMPLED = 'x-b3-sampled';
const FLAGS = 'x-b3-flags';
const PARENT = 'x-b3-parentspanid';

const SINGLE_VALUE = /^([\da-f]{16}|[\da-f]{32})-([\da-f]{16})(?:-([01d])(?:-[\da-f]{16})?)?$/i;
const TRACE_ID_VALUE = /^(?:[\da-f]{16}|[\da-f]{32})$/i;
const SPAN_ID_VALUE = /^[\da-f]{16}$/i;
const DEBUG = 'd';

/** Marks the traces of a caller that has asked for a recording: B3 passes it on. */
const DEBUG_TRACE = createContextKey('eventcore.b3-debug');
/** Key of the OpenTelemetry SDK; the API gives equal keys to equal names. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Ids of a caller and its sampling decision: `1`, `0`, `d`, or none. */
type B3Fields = readonly [traceId: string, spanId: string, sampling: string | undefined];

/**
 * Propagator of the B3 headers of Zipkin. It writes the single header `b3` or the several `X-B3-…` headers, and reads
 * either form. Source: https://github.com/openzipkin/b3-propagation
 */
export class B3Propagator implements TextMapPropagator {
  readonly #isMulti: boolean;

  constructor(encoding: 'single' | 'multi') {
    this.#isMulti = encoding === 'multi';
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(context);
    if (span === undefined || !isSpanContextValid(span) || context.getValue(SUPPRESSED) === true)
      return;
    const { traceId, spanId, traceFlags } = span;
    const isDebug = context.getValue(DEBUG_TRACE) === traceId;
    const sampled = (traceFlags & TraceFlags.SAMPLED) === 0 ? '0' : '1';
    if (!this.#isMulti) {
      const sampling = isDebug ? DEBUG : sampled;
      return setter.set(carrier, SINGLE, `${traceId}-${spanId}-${sampling}`);
    }
    setter.set(carrier, TRACE_ID, traceId);
    setter.set(carrier, SPAN_ID, spanId);
    if (isDebug) setter.set(carrier, FLAGS, '1');
    else setter.set(carrier, SAMPLED, sampled);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const read = (field: string) => textOf(getter.get(carrier, field));
    const found = singleOf(read(SINGLE)) ?? multiOf(read);
    if (found === undefined) return context;
    const [id, span, sampling] = found;
    // Zipkin's ids of 64 bits are the lower half.
    const traceId = id.toLowerCase().padStart(32, '0');
    const isSampled = sampling === '1' || sampling === DEBUG;
    const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const parent = { traceId, spanId: span.toLowerCase(), traceFlags, isRemote: true };
    if (!isSpanContextValid(parent)) return context;
    const extracted = trace.setSpanContext(context, parent);
    return sampling === DEBUG ? extracted.setValue(DEBUG_TRACE, traceId) : extracted;
  }

  fields(): string[] {
    return this.#isMulti ? [TRACE_ID, SPAN_ID, FLAGS, SAMPLED, PARENT] : [SINGLE];
  }
}

function singleOf(text: string): B3Fields | undefined {
  const [, traceId, spanId, sampling] = SINGLE_VALUE.exec(text) ?? [];
  return traceId === undefined || spanId === undefined ? undefined : [traceId, spanId, sampling];
}

function multiOf(read: (field: string) => string): B3Fields | undefined {
  const traceId = read(TRACE_ID);
  const spanId = read(SPAN_ID);
  if (!TRACE_ID_VALUE.test(traceId) || !SPAN_ID_VALUE.test(spanId)) return undefined;
  if (read(FLAGS) === '1') return [traceId, spanId, DEBUG];
  // Older callers write true.
  return [traceId, spanId, ['1', 'true'].includes(read(SAMPLED).toLowerCase()) ? '1' : '0'];
}

function textOf(value: string | string[] | undefined): string {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first.trim() : '';
}
