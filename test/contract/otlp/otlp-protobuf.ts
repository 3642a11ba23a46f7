import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import type { ExportRequest } from './received-span.js';

/** The official definition of the trace service, OTLP 1.7.0. */
export const traceServiceProto = fileURLToPath(
  new URL('proto/trace_service.proto', import.meta.url),
);

const root = protobuf.loadSync(traceServiceProto);
const requestType = root.lookupType(
  'opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest',
);
const responseType = root.lookupType(
  'opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse',
);

/**
 * Decodes a request.
 *
 * @throws Error for what is not one.
 */
export function decodeRequest(body: Uint8Array): ExportRequest {
  const message = requestType.decode(body);
  return hexIds(requestType.toObject(message, { longs: String, enums: Number })) as ExportRequest;
}

/** The answer of a receiver that took everything. */
export function encodeResponse(): Uint8Array {
  return responseType.encode(responseType.create({})).finish();
}

/** Ids travel as bytes; every other field of bytes would turn into hex as well, but traces have none. */
export function hexIds(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(hexIds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, hexIds(it)]));
}
