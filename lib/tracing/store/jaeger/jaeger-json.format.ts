import { asId, asList, asNumber, asObject, asText, type JsonObject } from '../remote/json-value.js';
import {
  type StoredAttributes,
  type StoredAttributeValue,
  type StoredSpan,
  type StoredSpanEvent,
  type StoredSpanKind,
  type StoredSpanStatus,
  spanKinds,
  UNKNOWN_SERVICE,
} from '../stored-trace.js';
import { timeSpanOfMicros } from '../unix-time.format.js';

/**
 * The spans of an answer in Jaeger's own JSON. Jaeger keeps as tags what OpenTelemetry has fields for; those tags become
 * fields again and are no attributes. Attributes of links are not in it, and lists are texts.
 * Source: https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/
 *
 * @throws TypeError for what is no such answer
 */
export function readJaegerSpans(answer: unknown): StoredSpan[] {
  const traces = asList(asObject(answer, 'The answer')['data'], 'data');
  return traces.map((it) => asObject(it, 'A trace')).flatMap(readTrace);
}

function readTrace(trace: JsonObject): StoredSpan[] {
  const processes = asObject(trace['processes'] ?? {}, 'processes');
  return asList(trace['spans'], 'spans').map((it) => readSpan(asObject(it, 'A span'), processes));
}

function readSpan(span: JsonObject, processes: JsonObject): StoredSpan {
  const traceId = asId(span['traceID'], 32);
  const tags = readTags(span['tags']);
  const references = asList(span['references'], 'references').map(readReference);
  const parent = references.find((it) => it.isParent && it.traceId === traceId);
  return {
    traceId,
    spanId: asId(span['spanID'], 16),
    ...(parent && { parentSpanId: parent.spanId }),
    name: asText(span['operationName'], 'operationName'),
    kind: toKind(tags['span.kind']),
    service: serviceOf(span, processes),
    ...timeSpanOfMicros(
      asNumber(span['startTime'], 'startTime'),
      asNumber(span['duration'], 'duration'),
    ),
    status: toStatus(tags),
    attributes: without(tags, isFieldOfSpan),
    events: asList(span['logs'], 'logs').map(readLog),
    links: references
      .filter((it) => it !== parent)
      .map(({ traceId, spanId }) => ({ traceId, spanId, attributes: {} })),
  };
}

function readReference(value: unknown) {
  const reference = asObject(value, 'A reference');
  return {
    isParent: reference['refType'] === 'CHILD_OF',
    traceId: asId(reference['traceID'], 32),
    spanId: asId(reference['spanID'], 16),
  };
}

function serviceOf(span: JsonObject, processes: JsonObject): string {
  const owner = processes[asText(span['processID'], 'processID')] ?? span['process'] ?? {};
  const name = asText(asObject(owner, 'A process')['serviceName'], 'serviceName');
  return name === '' ? UNKNOWN_SERVICE : name;
}

function readLog(value: unknown): StoredSpanEvent {
  const log = asObject(value, 'A log');
  const fields = readTags(log['fields']);
  // The second is what OpenTelemetry's first translations called it.
  const nameField = ['event', 'message'].find((it) => typeof fields[it] === 'string');
  return {
    name: nameField === undefined ? '' : String(fields[nameField]),
    timeMs: asNumber(log['timestamp'], 'timestamp') / 1000,
    attributes: without(fields, (it) => it === nameField),
  };
}

const STATUS = 'otel.status_code';
const STATUS_MESSAGE = 'otel.status_description';
const FIELDS: ReadonlySet<string> = new Set([
  'span.kind',
  STATUS,
  STATUS_MESSAGE,
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
  'w3c.tracestate',
  'internal.span.format',
]);

function isFieldOfSpan(key: string, value: StoredAttributeValue): boolean {
  return FIELDS.has(key) || (key === 'error' && typeof value === 'boolean');
}

function toKind(tag: StoredAttributeValue | undefined): StoredSpanKind {
  return spanKinds.find((it) => it === tag) ?? 'internal';
}

/** Spans of OpenTracing clients say `error` and nothing else. */
function toStatus(tags: StoredAttributes): StoredSpanStatus {
  const isError = tags[STATUS] === 'ERROR' || tags['error'] === true;
  const code = isError ? 'error' : tags[STATUS] === 'OK' ? 'ok' : 'unset';
  const message = tags[STATUS_MESSAGE];
  return typeof message === 'string' && message !== '' ? { code, message } : { code };
}

/** Built from entries, as an assignment to `__proto__` would not make an attribute. */
function readTags(value: unknown): StoredAttributes {
  return Object.fromEntries(
    asList(value, 'tags')
      .map((it) => asObject(it, 'A tag'))
      .map((it) => [asText(it['key'], 'key'), readTagValue(it['type'], it['value'])]),
  );
}

function readTagValue(type: unknown, value: unknown): StoredAttributeValue {
  if (typeof value === 'string' && type === 'int64') {
    // Digits that a number cannot hold stay a text.
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
  return isScalar ? (value as string | number | boolean) : (JSON.stringify(value) ?? '');
}

function without(
  tags: StoredAttributes,
  isLeftOut: (key: string, value: StoredAttributeValue) => boolean,
): StoredAttributes {
  return Object.fromEntries(Object.entries(tags).filter(([key, value]) => !isLeftOut(key, value)));
}
