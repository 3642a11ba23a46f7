import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { hexIds } from '../otlp/otlp-protobuf.js';

// The official definition of the metrics service, OTLP 1.7.0.
const proto = fileURLToPath(new URL('../otlp/proto/metrics_service.proto', import.meta.url));
const requestType = protobuf
  .loadSync(proto)
  .lookupType('opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest');

const asJson = { longs: String, enums: Number } as const;

/** Decodes a request as plain data, as its JSON form would be. */
export function decodeMetrics(body: Uint8Array): unknown {
  return hexIds(requestType.toObject(requestType.decode(body), asJson));
}

/** The same for a request in JSON, whose ids are hexadecimal. */
export function decodeJsonMetrics(body: Uint8Array): unknown {
  const parsed = JSON.parse(Buffer.from(body).toString(), (key, value: unknown) =>
    key === 'traceId' || key === 'spanId' ? Buffer.from(String(value), 'hex') : value,
  ) as Record<string, unknown>;
  return hexIds(requestType.toObject(requestType.fromObject(parsed), asJson));
}
