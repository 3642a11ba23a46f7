import * as v from 'valibot';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type MembersOf, option, type OptionDetails, record } from '../options/description.js';
import { matching, oneOf, timerMs } from '../options/standard-options.js';

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

const allowsName = allows(validateHeaderName);
const allowsValue = allows((it) => validateHeaderValue('x', it));
const isHeaderName = v.pipe(v.string(), v.check(allowsName));
const isHeaderValue = v.pipe(v.string(), v.check(allowsValue));

/** Returns true for a header that HTTP allows. */
export function isHeader([name, value]: readonly [name: string, value: string]): boolean {
  return allowsName(name) && allowsValue(value);
}

const headers: OptionDetails = {
  rule: 'texts by HTTP header name, as HTTP allows them',
  remedy: "Pass something like { 'x-api-key': key }.",
  secret: true,
};
const HTTP_URL = /^[hH][tT][tT][pP][sS]?:\/*[^\s/?#]/;

/** Descriptions of the transport options. */
export const otlpTransportMembers = {
  protocol: oneOf(otlpProtocols),
  endpoint: option(v.pipe(matching(HTTP_URL), v.check(URL.canParse)), {
    rule: 'a URL that begins with http:// or https://',
    remedy: "Pass something like 'http://collector:4318'.",
    secret: true,
  }),
  headers: record(
    {
      key: option(isHeaderName, { ...headers, rule: 'a name that HTTP allows' }),
      value: option(isHeaderValue, { ...headers, rule: 'a text that HTTP allows in a header' }),
    },
    headers,
  ),
  compression: oneOf(otlpCompressions),
  timeoutMs: timerMs(),
} satisfies MembersOf<OtlpTransportOptions>;

function allows(validate: (text: string) => void): (text: string) => boolean {
  return (text) => {
    try {
      validate(text);
      return true;
    } catch {
      return false;
    }
  };
}
