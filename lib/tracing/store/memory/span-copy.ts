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
 * Fields of an SDK span that the in-memory store reads: the part of `ReadableSpan` that is equal in
 * all versions of the SDK, so that no SDK package is imported here.
 */
export interface EndedSpan {
  /** Name of the span. */
  readonly name: string;
  /** Kind of the span. */
  readonly kind: SpanKind;
  /** Trace id, span id and flags. */
  spanContext(): SpanContext;
  /** Ids of the parent; absent for a root. */
  readonly parentSpanContext?: SpanContext;
  /** Unix time in seconds and nanoseconds. */
  readonly startTime: HrTime;
  /** Unix time in seconds and nanoseconds. */
  readonly endTime: HrTime;
  /** Status of the span. */
  readonly status: SpanStatus;
  /** Attributes by name. */
  readonly attributes: Attributes;
  /** Spans that it follows from without being a child. */
  readonly links: readonly Link[];
  /** Events of the span. */
  readonly events: readonly EndedSpanEvent[];
  /** Resource of the process that created the span. */
  readonly resource: { readonly attributes: Attributes };
}

/** Event of an {@link EndedSpan}. */
export interface EndedSpanEvent {
  /** Name of the event. */
  readonly name: string;
  /** Unix time in seconds and nanoseconds. */
  readonly time: HrTime;
  /** Attributes by name; absent without any. */
  readonly attributes?: Attributes;
}

/** Maximum number of attributes per span, event or link, of events and links per span, and of elements per array. */
const MAX_ENTRIES = 128;

/**
 * Returns a copy of a span for the store. A reference would retain all objects of the SDK's span,
 * of unknown size.
 *
 * @param textLimit - Maximum length of a text in UTF-16 code units; the rest is truncated.
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

// Most spans have no events, links or message, and share these.
const NONE: readonly never[] = Object.freeze([]);
const UNSET: StoredSpanStatus = Object.freeze({ code: 'unset' });
const plainStatus: readonly StoredSpanStatus[] = statusCodes.map((code) => Object.freeze({ code }));

/** Copies the last events, because an exception is the last event of a span. */
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

/** Truncates through a buffer, because a slice in V8 retains the whole text. */
function cut(text: string, textLimit: number): string {
  if (text.length <= textLimit) return text;
  return Buffer.from(text.slice(0, textLimit), 'utf16le').toString('utf16le').toWellFormed();
}

// Size in V8 of the objects of a stored span without their texts, measured on Node 20 to 24 and
// rounded up.
const SPAN_BYTES = 640;
const PART_BYTES = 160;
const ATTRIBUTE_BYTES = 48;
const ELEMENT_BYTES = 16;
// V8 uses one byte per character for Latin-1 texts; two is the worst case.
const CHARACTER_BYTES = 2;

/** Estimates the memory of a stored span in bytes, with a tendency to overestimate. */
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
