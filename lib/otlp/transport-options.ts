import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type MembersOf, option } from '../options/description.js';
import { isGroup } from '../options/hostile-values.js';
import { oneOf, timerMs } from '../options/standard-options.js';

/** OTLP transport. Each one requires a package of OpenTelemetry. */
export type OtlpProtocol = 'http/protobuf' | 'http/json' | 'grpc';

/** Compression of OTLP requests. */
export type OtlpCompression = 'none' | 'gzip';

export const otlpProtocols: readonly OtlpProtocol[] = ['http/protobuf', 'http/json', 'grpc'];
export const otlpCompressions: readonly OtlpCompression[] = ['none', 'gzip'];

/**
 * Transport options of every OTLP exporter. Omitted options are read from the standard variables.
 * The variable of the signal takes precedence: `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`, then
 * `OTEL_EXPORTER_OTLP_PROTOCOL`.
 */
export interface OtlpTransportOptions {
  /**
   * OTLP transport. Each one requires a package of OpenTelemetry. @defaultValue
   * `OTEL_EXPORTER_OTLP_(METRICS_|TRACES_)PROTOCOL`, else `http/protobuf`
   */
  readonly protocol?: OtlpProtocol;
  /**
   * URL of the receiver. Over HTTP, `/v1/metrics` or `/v1/traces` is appended unless the path
   * already ends in `/metrics` or `/traces`.
   *
   * @defaultValue `OTEL_EXPORTER_OTLP_(METRICS_|TRACES_)ENDPOINT` unchanged,
   * `OTEL_EXPORTER_OTLP_ENDPOINT`, else port 4318 (HTTP) or 4317 (gRPC) of localhost
   */
  readonly endpoint?: string;
  /**
   * Headers of every request, or metadata over gRPC. Headers of
   * `OTEL_EXPORTER_OTLP_(METRICS_|TRACES_)HEADERS` are added unless named here.
   *
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Compression of requests. @defaultValue `OTEL_EXPORTER_OTLP_(METRICS_|TRACES_)COMPRESSION`, else `none` */
  readonly compression?: OtlpCompression;
  /**
   * Time limit of one export including its retries, in milliseconds. Over gRPC, a receiver that
   * hangs delays the end of the process by up to this limit; over HTTP, the shutdown closes the
   * connection.
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
