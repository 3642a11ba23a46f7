import { type Environment, StandardVariables } from '../../options/standard-variables.js';
import type { HistogramKind, Temporality } from './encoding/metric-encoding.js';
import type { OtlpMetricsOptions, OtlpMetricsProtocol } from './otlp-options.js';

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_HTTP_URL = 'http://localhost:4318/v1/metrics';
const DEFAULT_GRPC_URL = 'http://localhost:4317';

const AGGREGATIONS = ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'] as const;

/** What an exporter works with: the options, the variables where there are none, else the defaults. */
export interface OtlpSettings {
  readonly protocol: OtlpMetricsProtocol;
  /** With the path of metrics, over HTTP. */
  readonly url: string;
  /** Those of the options; the ones of the variables are read by the transport. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
  readonly temporality: Temporality;
  readonly histograms: HistogramKind;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/**
 * Reads https://opentelemetry.io/docs/specs/otel/protocol/exporter/ and what the specification of metrics adds.
 *
 * @param warn - Called with each variable that breaks its rule and is ignored.
 */
export function otlpSettings(
  options: OtlpMetricsOptions,
  env: Environment,
  warn: (message: string) => void,
): OtlpSettings {
  const variables = new MetricVariables(env, warn);
  const { headers = {} } = options;
  const protocol = options.protocol ?? variables.protocol() ?? 'http/protobuf';
  const isGrpc = protocol === 'grpc';
  return {
    protocol,
    headers,
    url: isGrpc ? grpcUrl(options, variables) : httpUrl(options, variables),
    compression: options.compression ?? variables.compression() ?? 'none',
    temporality: options.temporality ?? variables.temporality() ?? 'cumulative',
    histograms: options.histograms ?? variables.histograms() ?? 'explicit',
    intervalMs:
      options.intervalMs ??
      variables.positive('OTEL_METRIC_EXPORT_INTERVAL') ??
      DEFAULT_INTERVAL_MS,
    timeoutMs: options.timeoutMs ?? variables.timeoutMs() ?? DEFAULT_TIMEOUT_MS,
  };
}

function httpUrl({ endpoint }: OtlpMetricsOptions, variables: MetricVariables): string {
  if (endpoint !== undefined) {
    return /\/metrics\/?$/.test(new URL(endpoint).pathname) ? endpoint : below(endpoint);
  }
  const own = variables.url('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT');
  if (own !== undefined) return own;
  const shared = variables.url('OTEL_EXPORTER_OTLP_ENDPOINT');
  return shared === undefined ? DEFAULT_HTTP_URL : below(shared);
}

function below(endpoint: string): string {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/metrics`;
  return url.href;
}

function grpcUrl({ endpoint }: OtlpMetricsOptions, variables: MetricVariables): string {
  return endpoint ?? variables.grpcTarget() ?? DEFAULT_GRPC_URL;
}

/** The variables of metrics; those of all signals stand in for them. */
class MetricVariables extends StandardVariables {
  protocol(): OtlpMetricsProtocol | undefined {
    return this.oneOf(['http/protobuf', 'http/json', 'grpc'] as const, ...both('PROTOCOL'));
  }

  compression(): 'none' | 'gzip' | undefined {
    return this.oneOf(['none', 'gzip'] as const, ...both('COMPRESSION'));
  }

  /** `lowmemory` means deltas of what counts synchronously, which all counters and histograms here do. */
  temporality(): Temporality | undefined {
    const name = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
    const preference = this.oneOf(['cumulative', 'delta', 'lowmemory'] as const, name);
    return preference === 'lowmemory' ? 'delta' : preference;
  }

  histograms(): HistogramKind | undefined {
    const name = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION';
    const aggregation = this.oneOf(AGGREGATIONS, name);
    if (aggregation === undefined) return undefined;
    return aggregation === 'explicit_bucket_histogram' ? 'explicit' : 'exponential';
  }

  /** The time limit of an export and that of a request limit the same thing here: the shorter one holds. */
  timeoutMs(): number | undefined {
    const limits = [
      this.positive('OTEL_METRIC_EXPORT_TIMEOUT'),
      this.positive(...both('TIMEOUT')),
    ].filter((it) => it !== undefined);
    return limits.length === 0 ? undefined : Math.min(...limits);
  }

  /** An URL, or a host and port without one. */
  grpcTarget(): string | undefined {
    return this.first(both('ENDPOINT'), (value, name) => {
      const url = /^\w{1,8}:\/\//.test(value) ? value : `https://${value}`;
      if (URL.canParse(url) && /^(?:https?|unix):$/.test(new URL(url).protocol)) return value;
      return this.ignore(
        name,
        undefined,
        'a URL that begins with http:// or https://, or host:port',
      );
    });
  }
}

function both(name: string): readonly [string, string] {
  return [`OTEL_EXPORTER_OTLP_METRICS_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}
