import { validateHeaderName, validateHeaderValue } from 'node:http';
import {
  assertExporterOptions,
  durationRule,
  exporterNameRule,
  type ExporterOptionRules,
  isRecordOf,
  oneOfRule,
} from '../port/exporter-option-rules.js';
import type { HistogramKind, Temporality } from './encoding/metric-encoding.js';
import type { ResourceAttributes } from './reader/otel-resource.js';

/** How OTLP travels. */
export type OtlpMetricsProtocol = 'http/protobuf' | 'http/json' | 'grpc';

/** Options of {@link otlp}. What is left out is read from the standard `OTEL_EXPORTER_OTLP_` variables. */
export interface OtlpMetricsOptions {
  /** Value of the label `exporter` in the metrics about exports. @defaultValue 'otlp_metrics' */
  readonly name?: string;
  /**
   * How OTLP travels; each protocol is a package of OpenTelemetry's.
   * @defaultValue `OTEL_EXPORTER_OTLP_(METRICS_)PROTOCOL`, else `http/protobuf`
   */
  readonly protocol?: OtlpMetricsProtocol;
  /**
   * URL of the receiver. Over HTTP `/v1/metrics` is added, unless the path ends in `/metrics` already.
   *
   * @defaultValue `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT`, else port 4318 (HTTP) or 4317
   * (gRPC) of localhost
   */
  readonly endpoint?: string;
  /** Headers, or metadata over gRPC, before those of `OTEL_EXPORTER_OTLP_(METRICS_)HEADERS`. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Compression of what is sent. @defaultValue `OTEL_EXPORTER_OTLP_(METRICS_)COMPRESSION`, else `none` */
  readonly compression?: 'none' | 'gzip';
  /**
   * `cumulative`: counts since the start. `delta`: counts since the export before; what the receiver did not take is
   * offered again. @defaultValue `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, else `cumulative`
   */
  readonly temporality?: Temporality;
  /**
   * `exponential`: the buckets of all histograms follow from their values, up to 160 on each side of 0, as fine as they
   * fit. @defaultValue `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`, else `explicit`
   */
  readonly histograms?: HistogramKind;
  /**
   * Attributes of the resource, besides those that the options of the module name: `service.name`, `service.version`,
   * `deployment.environment.name`, the global labels and an own `service.instance.id`. @defaultValue none
   */
  readonly resource?: ResourceAttributes;
  /** Time between two exports in milliseconds. @defaultValue `OTEL_METRIC_EXPORT_INTERVAL`, else 60000 */
  readonly intervalMs?: number;
  /**
   * Time limit of one export with its retries, in milliseconds.
   * @defaultValue the shorter of `OTEL_METRIC_EXPORT_TIMEOUT` and `OTEL_EXPORTER_OTLP_(METRICS_)TIMEOUT`, else 10000
   */
  readonly timeoutMs?: number;
}

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function assertOtlpOptions(options: OtlpMetricsOptions): void {
  assertExporterOptions('otlp', options, rules);
}

const rules: ExporterOptionRules = {
  name: exporterNameRule,
  protocol: oneOfRule('http/protobuf', 'http/json', 'grpc'),
  endpoint: {
    accepts: isEndpoint,
    rule: 'a URL that begins with http:// or https://',
    remedy: "Pass something like 'http://collector:4318'.",
    secret: true,
  },
  headers: {
    accepts: (it) =>
      isRecordOf(it, (value) => typeof value === 'string') &&
      Object.entries(it as object).every(isHeader),
    rule: 'texts by header name, as HTTP allows them',
    remedy: "Pass something like { 'x-api-key': key }.",
    secret: true,
  },
  compression: oneOfRule('none', 'gzip'),
  temporality: oneOfRule('cumulative', 'delta'),
  histograms: oneOfRule('explicit', 'exponential'),
  resource: {
    accepts: (it) => isRecordOf(it, (value) => /^(?:string|number|boolean)$/.test(typeof value)),
    rule: 'texts, numbers and booleans by attribute name',
    remedy: "Pass something like { 'cloud.region': 'eu-1' }.",
  },
  intervalMs: durationRule,
  timeoutMs: durationRule,
};

function isEndpoint(value: unknown): boolean {
  return (
    typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
  );
}

function isHeader([name, value]: readonly [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
