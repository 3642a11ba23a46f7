import type { StandardVariables } from '../options/standard-variables.js';
import {
  type OtlpCompression,
  otlpCompressions,
  type OtlpProtocol,
  otlpProtocols,
  type OtlpTransportOptions,
} from './transport-options.js';

/** Time limit of an export without option and variable, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_HTTP_ENDPOINT = 'http://localhost:4318';
const DEFAULT_GRPC_ENDPOINT = 'http://localhost:4317';

/** Signal of OpenTelemetry, as it is named in URLs and variables. */
export type OtlpSignal = 'metrics' | 'traces';

/** Transport of one signal: the options, the variables where an option is left out, else the defaults. */
export interface OtlpTransportSettings {
  readonly protocol: OtlpProtocol;
  /** With the path of the signal, over HTTP. */
  readonly url: string;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: OtlpCompression;
  readonly timeoutMs: number;
  /** Variables name certificate files; OpenTelemetry's exporters read them. */
  readonly usesCertificateFiles: boolean;
}

/** Reads https://opentelemetry.io/docs/specs/otel/protocol/exporter/ for the options that are left out. */
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
      variables.pairs(sharedHeaders),
      variables.pairs(ownHeaders),
      options.headers ?? {},
    ),
    compression:
      options.compression ?? variables.oneOf(otlpCompressions, ...names('COMPRESSION')) ?? 'none',
    timeoutMs: options.timeoutMs ?? variables.positive(...names('TIMEOUT')) ?? DEFAULT_TIMEOUT_MS,
    usesCertificateFiles: variables.text(...files) !== undefined,
  };
}

/** The variable of a signal and that of all signals. */
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
  // The specification uses the variable of the signal as it is and adds the path to that of all signals.
  const [own, shared] = otlpVariableNames(signal, 'ENDPOINT');
  return variables.url(own) ?? below(variables.url(shared) ?? DEFAULT_HTTP_ENDPOINT, signal);
}

function below(endpoint: string, signal: OtlpSignal): string {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`;
  return url.href;
}

/** Without a scheme `OTEL_EXPORTER_OTLP_INSECURE` decides, which OpenTelemetry's exporters read. */
function grpcTarget(
  signal: OtlpSignal,
  { endpoint }: OtlpTransportOptions,
  variables: StandardVariables,
): string {
  const names = otlpVariableNames(signal, 'ENDPOINT');
  return endpoint ?? variables.target(...names) ?? DEFAULT_GRPC_ENDPOINT;
}

/** Header names are case-insensitive: the last one wins in whichever case it is written. */
function mergeHeaders(
  ...sources: readonly Readonly<Record<string, string>>[]
): Record<string, string> {
  const lowerCased = sources.flatMap((it) =>
    Object.entries(it).map(([name, value]) => [name.toLowerCase(), value] as const),
  );
  return Object.fromEntries(lowerCased);
}
