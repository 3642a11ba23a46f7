import { libraryName, libraryVersion } from '../../kernel/library.js';
import { ProtobufWriter } from '../../otlp/protobuf-writer.js';
import type { ResourceAttributes } from '../../otlp/resource-attributes.js';
import type { Caller } from '../encode/caller.js';
import { isCaller } from '../encode/ecs.format.js';
import type { LogLevel } from '../log-level.js';
import type { LogRecord } from '../log-record.js';
import { unixNanos } from './loki-push.format.js';

/** Source: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITIES: Readonly<Record<LogLevel, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
};

// Fields of ours with a name of their own in the semantic conventions.
const EXCEPTIONS: Readonly<Record<string, string>> = {
  error_type: 'exception.type',
  error_message: 'exception.message',
  error_stack: 'exception.stacktrace',
};

type Attribute = readonly [key: string, value: unknown];

/** Records by their targets, each of which is an instrumentation scope. */
function byTarget(records: readonly LogRecord[]): Map<string, LogRecord[]> {
  const scopes = new Map<string, LogRecord[]>();
  for (const it of records) {
    const same = scopes.get(it.target);
    if (same === undefined) scopes.set(it.target, [it]);
    else same.push(it);
  }
  return scopes;
}

/** Fields of the line and of its scope; a field takes precedence over a member of the scope. */
function attributesOf(record: LogRecord): Attribute[] {
  const { fields, scope } = record.parsed();
  return Object.entries({ ...scope, ...fields })
    .filter(([, value]) => value !== null)
    .flatMap(([name, value]) => {
      if (name === 'source' && isCaller(value)) return codeAttributes(value);
      const known = typeof value === 'string' ? EXCEPTIONS[name] : undefined;
      return [[known ?? name, value] as const];
    });
}

/** Source: https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/ */
function codeAttributes({ file, line, function: name }: Caller): Attribute[] {
  const attributes: Attribute[] = [
    ['code.file.path', file],
    ['code.line.number', line],
  ];
  return name === undefined ? attributes : [...attributes, ['code.function.name', name]];
}

/** Returns an OTLP request as JSON. Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function encodeLogsJson(
  records: readonly LogRecord[],
  resource: ResourceAttributes,
): Uint8Array {
  const scopeLogs = [...byTarget(records)].map(([name, own]) => ({
    scope: { name, attributes: [{ key: 'library', value: { stringValue: LIBRARY } }] },
    logRecords: own.map(jsonRecord),
  }));
  const attributes = Object.entries(resource).map(jsonAttribute);
  return Buffer.from(JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs }] }));
}

const LIBRARY = `${libraryName} ${libraryVersion}`;

function jsonRecord(record: LogRecord): object {
  const { timeMs, level, message, span } = record;
  const time = unixNanos(timeMs);
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: SEVERITIES[level],
    severityText: level.toUpperCase(),
    body: { stringValue: message },
    attributes: attributesOf(record).map(jsonAttribute),
    ...(span !== undefined && { traceId: span.traceId, spanId: span.spanId }),
  };
}

function jsonAttribute([key, value]: Attribute): object {
  return { key, value: jsonValueOf(value) };
}

function jsonValueOf(value: unknown): object {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (typeof value === 'string') return { stringValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(jsonValueOf) } };
  if (value === null || value === undefined) return {};
  return { kvlistValue: { values: Object.entries(value).map(jsonAttribute) } };
}

/**
 * Returns an OTLP request in protobuf.
 * Source: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 */
export function encodeLogsProtobuf(
  records: readonly LogRecord[],
  resource: ResourceAttributes,
): Uint8Array {
  const to = new ProtobufWriter(records.length * BYTES_OF_RECORD);
  to.message(1, () => {
    to.message(1, () => {
      for (const it of Object.entries(resource)) writeAttribute(to, 1, it);
    });
    for (const [name, own] of byTarget(records)) {
      to.message(2, () => {
        to.message(1, () => {
          to.text(1, name);
          writeAttribute(to, 3, ['library', LIBRARY]);
        });
        for (const it of own) to.message(2, () => writeRecord(to, it));
      });
    }
  });
  return to.finish();
}

const BYTES_OF_RECORD = 512;
const FIXED_BYTES = 18;

function writeRecord(to: ProtobufWriter, record: LogRecord): void {
  const { timeMs, level, message, span } = record;
  const nanos = BigInt(unixNanos(timeMs));
  const low = Number(BigInt.asUintN(32, nanos));
  const high = Number(BigInt.asUintN(32, nanos >> 32n));
  to.reserve(FIXED_BYTES);
  to.fixed64(1, low, high);
  to.varint(2, SEVERITIES[level]);
  to.text(3, level.toUpperCase());
  to.message(5, () => to.text(1, message));
  for (const it of attributesOf(record)) writeAttribute(to, 6, it);
  if (span !== undefined) {
    to.hex(9, span.traceId);
    to.hex(10, span.spanId);
  }
  to.reserve(FIXED_BYTES);
  to.fixed64(11, low, high);
}

function writeAttribute(to: ProtobufWriter, field: number, [key, value]: Attribute): void {
  to.message(field, () => {
    to.text(1, key);
    to.message(2, () => writeValue(to, value));
  });
}

function writeValue(to: ProtobufWriter, value: unknown): void {
  if (typeof value === 'string') to.text(1, value);
  else if (typeof value === 'boolean') to.varint(2, Number(value));
  else if (typeof value === 'number') writeNumber(to, value);
  else if (Array.isArray(value)) {
    to.message(5, () => {
      for (const it of value) to.message(1, () => writeValue(to, it));
    });
  } else if (typeof value === 'object' && value !== null) {
    to.message(6, () => {
      for (const it of Object.entries(value)) writeAttribute(to, 1, it);
    });
  }
}

function writeNumber(to: ProtobufWriter, value: number): void {
  if (Number.isSafeInteger(value)) return to.int64(3, BigInt(value));
  to.reserve(FIXED_BYTES);
  to.double(4, value);
}
