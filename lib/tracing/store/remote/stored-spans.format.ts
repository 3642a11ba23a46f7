import {
  type StoredAttributes,
  type StoredAttributeValue,
  type StoredSpan,
  type StoredSpanStatus,
  spanKinds,
  statusCodes,
  UNKNOWN_SERVICE,
} from '../stored-trace.js';
import { msOfNanos, timeSpanOfNanos } from '../unix-time.format.js';
import { asId, asList, asObject, asText, type JsonObject } from './json-value.js';

/**
 * Parses spans of OTLP/JSON in the variants of all backends. The list is named `resourceSpans` or
 * `batches`, ids are hexadecimal or base64, enums are numbers or names, and 64-bit numbers are
 * texts or numbers.
 * Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 *
 * @throws TypeError for a response that is not OTLP
 * @throws SyntaxError for times that are not whole numbers
 */
export function readOtlpSpans(answer: unknown): StoredSpan[] {
  const traces = asObject(answer, 'The answer');
  const resources = asList(traces['resourceSpans'] ?? traces['batches'], 'resourceSpans');
  return resources.flatMap((it) => readResource(asObject(it, 'A resource')));
}

function readResource(resourceSpans: JsonObject): StoredSpan[] {
  const resource = asObject(resourceSpans['resource'] ?? {}, 'resource');
  const name = readAttributes(resource['attributes'])['service.name'];
  const service = typeof name === 'string' ? name : UNKNOWN_SERVICE;
  const scopes =
    resourceSpans['scopeSpans'] ??
    // Name before OTLP 0.15.
    resourceSpans['instrumentationLibrarySpans'];
  return asList(scopes, 'scopeSpans')
    .flatMap((it) => asList(asObject(it, 'A scope')['spans'], 'spans'))
    .map((it) => readSpan(asObject(it, 'A span'), service));
}

const NO_PARENT = '0'.repeat(16);

function readSpan(span: JsonObject, service: string): StoredSpan {
  const parent = asText(span['parentSpanId'], 'parentSpanId');
  const parentSpanId = parent === '' ? NO_PARENT : asId(parent, 16);
  return {
    traceId: asId(span['traceId'], 32),
    spanId: asId(span['spanId'], 16),
    ...(parentSpanId !== NO_PARENT && { parentSpanId }),
    name: asText(span['name'], 'name'),
    // 0 is "unspecified" in OTLP, which the API lacks.
    kind: spanKinds[enumNumber(span['kind'], kindNames) - 1] ?? 'internal',
    service,
    ...timeSpanOfNanos(nanos(span['startTimeUnixNano']), nanos(span['endTimeUnixNano'])),
    status: readStatus(asObject(span['status'] ?? {}, 'status')),
    attributes: readAttributes(span['attributes']),
    events: asList(span['events'], 'events')
      .map((it) => asObject(it, 'An event'))
      .map((it) => ({
        name: asText(it['name'], 'name'),
        timeMs: msOfNanos(nanos(it['timeUnixNano'])),
        attributes: readAttributes(it['attributes']),
      })),
    links: asList(span['links'], 'links')
      .map((it) => asObject(it, 'A link'))
      .map((it) => ({
        traceId: asId(it['traceId'], 32),
        spanId: asId(it['spanId'], 16),
        attributes: readAttributes(it['attributes']),
      })),
  };
}

const kindNames = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (it) => `SPAN_KIND_${it}`,
);
const statusNames = ['UNSET', 'OK', 'ERROR'].map((it) => `STATUS_CODE_${it}`);

function enumNumber(value: unknown, names: readonly string[]): number {
  return typeof value === 'number' ? value : names.indexOf(String(value));
}

function readStatus(status: JsonObject): StoredSpanStatus {
  const code = statusCodes[enumNumber(status['code'], statusNames)] ?? 'unset';
  const message = asText(status['message'], 'message');
  return message === '' ? { code } : { code, message };
}

function nanos(value: unknown): string | number {
  if (typeof value === 'number') return value;
  const digits = asText(value, 'A time');
  // 64 bits; parsing millions of digits would block the process.
  if (digits.length <= 20) return digits;
  throw new TypeError('A time has more than 20 digits.');
}

/** Builds attributes from entries, because an assignment to `__proto__` would set the prototype. */
function readAttributes(value: unknown): StoredAttributes {
  return Object.fromEntries(
    asList(value, 'attributes')
      .map((it) => asObject(it, 'An attribute'))
      .map((it) => [asText(it['key'], 'key'), readValue(asObject(it['value'] ?? {}, 'value'))]),
  );
}

function readValue(value: JsonObject): StoredAttributeValue {
  const list = value['arrayValue'];
  if (list === undefined) return readScalar(value);
  return asList(asObject(list, 'arrayValue')['values'], 'values').map((it) =>
    readScalar(asObject(it, 'An element')),
  );
}

function readScalar(value: JsonObject): string | number | boolean {
  const { stringValue, boolValue, intValue, doubleValue } = value;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  if (intValue !== undefined) return readInteger(intValue);
  // NaN and infinities are texts.
  if (doubleValue !== undefined) return Number(doubleValue);
  const [other] = Object.values(value);
  return other === undefined ? '' : JSON.stringify(other);
}

/** Returns a number, or the text of an integer that a number cannot represent. */
function readInteger(value: unknown): string | number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
