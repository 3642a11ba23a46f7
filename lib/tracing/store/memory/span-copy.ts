import type { Attributes, AttributeValue } from '@opentelemetry/api';
import {
  type StoredAttributes,
  type StoredAttributeValue,
  type StoredSpan,
  type StoredSpanStatus,
  spanKinds,
  statusCodes,
  UNKNOWN_SERVICE,
} from '../stored-trace.js';
import { msOfHrTime, timeSpanOfHrTimes } from '../unix-time.format.js';
import type { EndedSpan } from './ended-span.js';

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
