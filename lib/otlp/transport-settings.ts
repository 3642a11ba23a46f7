import type { StandardVariables } from '../options/standard-variables.js';
import {
  isHeader,
  type OtlpCompression,
  otlpCompressions,
  type OtlpProtocol,
  otlpProtocols,
  type OtlpTransportOptions,
} from './transport-options.js';

/** Default time limit of an export in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_HTTP_ENDPOINT = 'http://localhost:4318';
const DEFAULT_GRPC_ENDPOINT = 'http://localhost:4317';

/** OpenTelemetry signal, as named in URLs and variables. */
export type OtlpSignal = 'metrics' | 'traces' | 'logs';

/** Transport settings of one signal: options first, then variables, then defaults. */
export interface OtlpTransportSettings {
  readonly protocol: OtlpProtocol;
  /** URL; over HTTP, it includes the path of the signal. */
  readonly url: string;
  /** Headers with lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: OtlpCompression;
  readonly timeoutMs: number;
  /** True if variables name certificate files, which OpenTelemetry's exporters read. */
  readonly usesCertificateFiles: boolean;
}

/** Completes the options with the variables of https://opentelemetry.io/docs/specs/otel/protocol/exporter/. */
export function otlpTransportSettings(
  signal: OtlpSignal,
  options: OtlpTransportOptions,
  variables: StandardVariables,
): OtlpTransportSettings {
  const names = (suffix: string) => otlpVariableNames(signal, suffix);
  const protocol =
    options.protocol ?? variables.oneOf(otlpProtocols, ...names('PROTOCOL')) ?? 'http/protobuf';
  const [ownHeaders, sharedHeaders] = names('HEADERS');
  const files = ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].flatMap(names);
  return {
    protocol,
    url:
      protocol === 'grpc'
        ? grpcTarget(signal, options, variables)
        : httpUrl(signal, options, variables),
    headers: mergeHeaders(
      variables.pairs(sharedHeaders, isHeader),
      variables.pairs(ownHeaders, isHeader),
      options.headers ?? {},
    ),
    compression:
      options.compression ?? variables.oneOf(otlpCompressions, ...names('COMPRESSION')) ?? 'none',
    timeoutMs: options.timeoutMs ?? variables.positive(...names('TIMEOUT')) ?? DEFAULT_TIMEOUT_MS,
    usesCertificateFiles: variables.text(...files) !== undefined,
  };
}

/** Returns the names of the variables of a signal and of all signals. */
export function otlpVariableNames(signal: OtlpSignal, suffix: string): [string, string] {
  return [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
}

function httpUrl(
  signal: OtlpSignal,
  { endpoint }: OtlpTransportOptions,
  variables: StandardVariables,
): string {
  if (endpoint !== undefined) {
    const { pathname } = new URL(endpoint);
    return new RegExp(`/${signal}/?$`).test(pathname) ? endpoint : below(endpoint, signal);
  }
  // The variable of the signal is used unchanged; the path is appended to that of all signals.
  const [own, shared] = otlpVariableNames(signal, 'ENDPOINT');
  return variables.url(own) ?? below(variables.url(shared) ?? DEFAULT_HTTP_ENDPOINT, signal);
}

function below(endpoint: string, signal: OtlpSignal): string {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`;
  return url.href;
}

/**
 * Returns the gRPC target. Without a scheme, `OTEL_EXPORTER_OTLP_INSECURE` decides, which
 * OpenTelemetry's exporters read.
 */
function grpcTarget(
  signal: OtlpSignal,
  { endpoint }: OtlpTransportOptions,
  variables: StandardVariables,
): string {
  const names = otlpVariableNames(signal, 'ENDPOINT');
  return endpoint ?? variables.target(...names) ?? DEFAULT_GRPC_ENDPOINT;
}

/** Merges headers. Names are case-insensitive, and the last one wins. */
function mergeHeaders(
  ...sources: readonly Readonly<Record<string, string>>[]
): Record<string, string> {
  const lowerCased = sources.flatMap((it) =>
    Object.entries(it).map(([name, value]) => [name.toLowerCase(), value] as const),
  );
  return Object.fromEntries(lowerCased);
}
