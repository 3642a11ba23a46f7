import type {
  Attributes,
  AttributeValue,
  HrTime,
  Link,
  SpanContext,
  SpanKind,
  SpanStatus,
} from '@opentelemetry/api';
import {
  spanKinds,
  statusCodes,
  type StoredAttributes,
  type StoredAttributeValue,
  type StoredSpan,
  type StoredSpanStatus,
  UNKNOWN_SERVICE,
} from '../stored-trace.js';
import { msOfHrTime, timeSpanOfHrTimes } from '../unix-time.format.js';

/**
 * What the in-memory store reads of a span of the SDK. It is the part of `ReadableSpan` that has stayed the same, so
 * that no release of an SDK package is named here.
 */
export interface EndedSpan {
  /** Name of the span. */
  readonly name: string;
  /** What the span was for. */
  readonly kind: SpanKind;
  /** Trace id, span id and flags. */
  spanContext(): SpanContext;
  /** The parent's ids; absent for a root. */
  readonly parentSpanContext?: SpanContext;
  /** Unix time in seconds and nanoseconds. */
  readonly startTime: HrTime;
  /** Unix time in seconds and nanoseconds. */
  readonly endTime: HrTime;
  /** How the span ended. */
  readonly status: SpanStatus;
  /** Attributes by name. */
  readonly attributes: Attributes;
  /** Spans that it points to without being their child. */
  readonly links: readonly Link[];
  /** What happened while it ran. */
  readonly events: readonly EndedSpanEvent[];
  /** The process that made it. */
  readonly resource: { readonly attributes: Attributes };
}

/** An event of an {@link EndedSpan}. */
export interface EndedSpanEvent {
  /** Name of the event. */
  readonly name: string;
  /** Unix time in seconds and nanoseconds. */
  readonly time: HrTime;
  /** Attributes by name; absent when there are none. */
  readonly attributes?: Attributes;
}

/** Most attributes of one span, event or link, most events and links of one span, most elements of one array. */
const MAX_ENTRIES = 128;

/**
 * A span as the store keeps it: a copy, because a reference would keep everything alive that the SDK's span knows, at a
 * size that nobody can tell.
 *
 * @param textLimit - Most UTF-16 code units of a text; the rest is cut off.
 */
export function copySpan(span: EndedSpan, textLimit: number): StoredSpan {
  const { traceId, spanId } = span.spanContext();
  const parentSpanId = span.parentSpanContext?.spanId;
  const service = span.resource.attributes['service.name'];
  const { startMs, endMs, durationMs } = timeSpanOfHrTimes(span.startTime, span.endTime);
  const copy: Writable<StoredSpan> = {
    traceId,
    spanId,
    name: cut(span.name, textLimit),
    kind: spanKinds[span.kind] ?? 'internal',
    service: typeof service === 'string' ? cut(service, textLimit) : UNKNOWN_SERVICE,
    startMs,
    endMs,
    durationMs,
    status: copyStatus(span.status, textLimit),
    attributes: copyAttributes(span.attributes, textLimit),
    events: span.events.length === 0 ? NONE : copyEvents(span, textLimit),
    links: span.links.length === 0 ? NONE : copyLinks(span, textLimit),
  };
  if (parentSpanId !== undefined) copy.parentSpanId = parentSpanId;
  return copy;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

// Most spans have neither events nor links nor a message: they share these.
const NONE: readonly never[] = Object.freeze([]);
const UNSET: StoredSpanStatus = Object.freeze({ code: 'unset' });
const plainStatus: readonly StoredSpanStatus[] = statusCodes.map((code) => Object.freeze({ code }));

/** An exception is the last thing that happens in a span, so the last events are the ones to keep. */
function copyEvents({ events }: EndedSpan, textLimit: number): StoredSpan['events'] {
  return events.slice(-MAX_ENTRIES).map((it) => ({
    name: cut(it.name, textLimit),
    timeMs: msOfHrTime(it.time),
    attributes: copyAttributes(it.attributes, textLimit),
  }));
}

function copyLinks({ links }: EndedSpan, textLimit: number): StoredSpan['links'] {
  return links.slice(0, MAX_ENTRIES).map(({ context, attributes }) => ({
    traceId: context.traceId,
    spanId: context.spanId,
    attributes: copyAttributes(attributes, textLimit),
  }));
}

function copyStatus({ code, message }: EndedSpan['status'], textLimit: number): StoredSpanStatus {
  const plain = plainStatus[code] ?? UNSET;
  return message ? { code: plain.code, message: cut(message, textLimit) } : plain;
}

function copyAttributes(attributes: Attributes | undefined, textLimit: number): StoredAttributes {
  const copy: Record<string, StoredAttributeValue> = {};
  let left = MAX_ENTRIES;
  for (const name in attributes) {
    const value = attributes[name];
    // Assigning to __proto__ would set the prototype.
    if (value === undefined || value === null || name === '__proto__') continue;
    if (left-- === 0) break;
    copy[cut(name, textLimit)] = copyValue(value, textLimit);
  }
  return copy;
}

function copyValue(value: AttributeValue, textLimit: number): StoredAttributeValue {
  if (typeof value === 'string') return cut(value, textLimit);
  if (!Array.isArray(value)) return value;
  return value
    .slice(0, MAX_ENTRIES)
    .map((it) => (typeof it === 'string' ? cut(it, textLimit) : (it ?? null)));
}

/** V8 makes a slice that keeps the whole text alive; going through a buffer makes one of its own. */
function cut(text: string, textLimit: number): string {
  if (text.length <= textLimit) return text;
  return Buffer.from(text.slice(0, textLimit), 'utf16le').toString('utf16le').toWellFormed();
}

// What the objects of a stored span take in V8 beside their texts, measured on Node 20 to 24 and rounded up.
const SPAN_BYTES = 640;
const PART_BYTES = 160;
const ATTRIBUTE_BYTES = 48;
const ELEMENT_BYTES = 16;
// V8 has one byte per character for Latin-1 texts; two are the worst case, which is the one to plan for.
const CHARACTER_BYTES = 2;

/** About how many bytes of memory a stored span takes; rather too many than too few. */
export function spanBytes(span: StoredSpan): number {
  const { name, service, status } = span;
  let bytes = SPAN_BYTES + attributesBytes(span.attributes);
  bytes += (name.length + service.length + (status.message?.length ?? 0)) * CHARACTER_BYTES;
  for (const event of span.events) {
    bytes += PART_BYTES + event.name.length * CHARACTER_BYTES + attributesBytes(event.attributes);
  }
  for (const link of span.links) bytes += PART_BYTES + attributesBytes(link.attributes);
  return bytes;
}

function attributesBytes(attributes: StoredAttributes): number {
  let bytes = 0;
  for (const name in attributes) {
    const value = attributes[name] as StoredAttributeValue;
    bytes += ATTRIBUTE_BYTES + name.length * CHARACTER_BYTES + valueBytes(value);
  }
  return bytes;
}

function valueBytes(value: StoredAttributeValue | null): number {
  if (typeof value === 'string') return value.length * CHARACTER_BYTES;
  if (typeof value !== 'object' || value === null) return 0;
  let bytes = PART_BYTES;
  for (const element of value) bytes += ELEMENT_BYTES + valueBytes(element);
  return bytes;
}
