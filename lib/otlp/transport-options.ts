import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type MembersOf, option } from '../options/description.js';
import { isGroup } from '../options/hostile-values.js';
import { oneOf, timerMs } from '../options/standard-options.js';

/** Transport of OTLP; each is a package of OpenTelemetry. */
export type OtlpProtocol = 'http/protobuf' | 'http/json' | 'grpc';

/** Compression of requests. */
export type OtlpCompression = 'none' | 'gzip';

export const otlpProtocols: readonly OtlpProtocol[] = ['http/protobuf', 'http/json', 'grpc'];
export const otlpCompressions: readonly OtlpCompression[] = ['none', 'gzip'];

/**
 * Transport options of every OTLP exporter. An option that is left out is read from the standard variables, that of the
 * signal before that of all signals: `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`, then `OTEL_EXPORTER_OTLP_PROTOCOL`.
 */
export interface OtlpTransportOptions {
  /** Transport of OTLP; each is a package of OpenTelemetry. @defaultValue `OTEL_EXPORTER_OTLP_(METRICS_|TRACES_)PROTOCOL`, else `http/protobuf` */
  readonly protocol?: OtlpProtocol;
  /**
   * URL of the receiver. Over HTTP `/v1/metrics` or `/v1/traces` is added, unless the path already ends in `/metrics` or
   * `/traces`.
   *
   * @defaultValue `OTEL_EXPORTER_OTLP_(METRICS_|TRACES_)ENDPOINT` as it is, `OTEL_EXPORTER_OTLP_ENDPOINT`, else port 4318
   * (HTTP) or 4317 (gRPC) of localhost
   */
  readonly endpoint?: string;
  /**
   * Headers of every request; metadata over gRPC. Those of `OTEL_EXPORTER_OTLP_(METRICS_|TRACES_)HEADERS` are sent as well,
   * unless named here.
   *
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Compression of requests. @defaultValue `OTEL_EXPORTER_OTLP_(METRICS_|TRACES_)COMPRESSION`, else `none` */
  readonly compression?: OtlpCompression;
  /**
   * Time limit of one export with its retries, in milliseconds. Over gRPC a receiver that hangs holds a process that ends for
   * as long; over HTTP the shutdown closes the connection.
   *
   * @defaultValue `OTEL_EXPORTER_OTLP_(METRICS_|TRACES_)TIMEOUT`, else 10000
   */
  readonly timeoutMs?: number;
}

/** Descriptions of the transport options. */
export const otlpTransportMembers = {
  protocol: oneOf(otlpProtocols),
  endpoint: option(isEndpoint, {
    rule: 'a URL that begins with http:// or https://',
    remedy: "Pass something like 'http://collector:4318'.",
    secret: true,
  }),
  headers: option((it) => isGroup(it) && Object.entries(it).every(isHeader), {
    rule: 'texts by HTTP header name, as HTTP allows them',
    remedy: "Pass something like { 'x-api-key': key }.",
    secret: true,
  }),
  compression: oneOf(otlpCompressions),
  timeoutMs: timerMs(),
} satisfies MembersOf<OtlpTransportOptions>;

function isEndpoint(it: unknown): boolean {
  return typeof it === 'string' && URL.canParse(it) && /^https?:$/.test(new URL(it).protocol);
}

function isHeader([name, value]: readonly [string, unknown]): boolean {
  if (typeof value !== 'string') return false;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
