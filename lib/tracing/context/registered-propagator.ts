import {
  type Baggage,
  type Context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { otelGlobals } from '../start-up/sdk/otel-globals.js';

const W3C_FIELDS: readonly string[] = ['traceparent', 'tracestate'];

/** Values that a propagator has extracted from a message. */
export interface ExtractedContext {
  readonly spanContext?: SpanContext | undefined;
  readonly baggage?: Baggage | undefined;
}

/** Formats of the propagator that is registered with OpenTelemetry. */
export interface RegisteredFormats {
  /** True if the W3C trace context is one of them. */
  readonly hasTraceContext: boolean;
  /** Fields of all other formats, such as `baggage` and `b3`. */
  readonly fields: readonly string[];
}

/** W3C trace context alone: the formats of a process without a registered propagator. */
const DEFAULT: RegisteredFormats = { hasTraceContext: true, fields: [] };

const known = new WeakMap<object, RegisteredFormats>();

/** Returns the formats in which trace context travels now. It never throws. */
export function registeredFormats(): RegisteredFormats {
  const { propagation: registered } = otelGlobals();
  if (registered === undefined) return DEFAULT;
  let formats = known.get(registered);
  if (formats === undefined) known.set(registered, (formats = formatsOf(registered)));
  return formats;
}

function formatsOf(registered: object): RegisteredFormats {
  try {
    const all = propagation.fields();
    const own = (registered as { fields?(): readonly string[] }).fields?.() ?? [];
    // A copy of the API that does not see the registration propagates what it would without one.
    if (all.length === 0 && own.length > 0) return DEFAULT;
    const fields = all.map((it) => it.toLowerCase());
    return {
      hasTraceContext: fields.includes('traceparent'),
      fields: all.filter((_, i) => !W3C_FIELDS.includes(fields[i] as string)),
    };
  } catch {
    return DEFAULT;
  }
}

/**
 * Returns what the registered propagator reads in fields other than those of the W3C trace context.
 *
 * @param read - Returns the text of a field.
 */
export function extractOthers(read: (field: string) => string | undefined): ExtractedContext {
  const { fields } = registeredFormats();
  if (fields.length === 0) return {};
  const extracted = propagation.extract(ROOT_CONTEXT, undefined, {
    keys: () => [...fields],
    get: (_, field) => (W3C_FIELDS.includes(field.toLowerCase()) ? undefined : read(field)),
  });
  const spanContext = trace.getSpanContext(extracted);
  const isValid = spanContext !== undefined && isSpanContextValid(spanContext);
  return {
    ...(isValid && { spanContext: { ...spanContext, isRemote: true } }),
    baggage: propagation.getBaggage(extracted),
  };
}

/**
 * Returns what the registered propagator writes in fields other than those of the W3C trace context. A field without a
 * value is removed, because it would belong to another trace.
 *
 * @param spanContext - Span of the message. @defaultValue the active span
 */
export function injectOthers(
  active: Context,
  spanContext: SpanContext | undefined,
): readonly (readonly [field: string, value: string | undefined])[] {
  const { fields } = registeredFormats();
  if (fields.length === 0) return [];
  const written = new Map<string, string>();
  const scope = spanContext === undefined ? active : trace.setSpanContext(active, spanContext);
  propagation.inject(scope, undefined, {
    set: (_, field, value) => {
      if (!W3C_FIELDS.includes(field.toLowerCase())) written.set(field, value);
    },
  });
  if (written.size === 0) return [];
  const names = new Set([...fields, ...written.keys()]);
  return [...names].map((it) => [it, written.get(it)] as const);
}
