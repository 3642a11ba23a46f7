import {
  DEFAULT_TIMEOUT_MS,
  otlpTransportSettings,
  type OtlpTransportSettings,
  otlpVariableNames,
} from '../../otlp/transport-settings.js';
import type { StandardVariables } from '../../options/standard-variables.js';
import type { HistogramKind, Temporality } from './encoding/metric-encoding.js';
import type { OtlpMetricsOptions } from './otlp-options.js';

const DEFAULT_INTERVAL_MS = 60_000;
const AGGREGATIONS = ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'] as const;

/** Settings of the exporter: the options, the variables where an option is left out, else the defaults. */
export interface OtlpSettings extends OtlpTransportSettings {
  readonly temporality: Temporality;
  readonly histograms: HistogramKind;
  readonly intervalMs: number;
}

/** Reads the variables of https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/ besides those of all signals. */
export function otlpSettings(
  options: OtlpMetricsOptions,
  variables: StandardVariables,
): OtlpSettings {
  const timeoutMs = options.timeoutMs ?? variableTimeoutMs(variables) ?? DEFAULT_TIMEOUT_MS;
  return {
    ...otlpTransportSettings('metrics', { ...options, timeoutMs }, variables),
    temporality: options.temporality ?? variableTemporality(variables) ?? 'cumulative',
    histograms: options.histograms ?? variableHistograms(variables) ?? 'explicit',
    intervalMs:
      options.intervalMs ??
      variables.positive('OTEL_METRIC_EXPORT_INTERVAL') ??
      DEFAULT_INTERVAL_MS,
  };
}

/** `lowmemory` means deltas of synchronous instruments: all counters and histograms of the library are. */
function variableTemporality(variables: StandardVariables): Temporality | undefined {
  const name = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
  const preference = variables.oneOf(['cumulative', 'delta', 'lowmemory'] as const, name);
  return preference === 'lowmemory' ? 'delta' : preference;
}

function variableHistograms(variables: StandardVariables): HistogramKind | undefined {
  const name = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION';
  const aggregation = variables.oneOf(AGGREGATIONS, name);
  if (aggregation === undefined) return undefined;
  return aggregation === 'explicit_bucket_histogram' ? 'explicit' : 'exponential';
}

/** The time limit of an export and that of a request limit the same thing here: the shorter one applies. */
function variableTimeoutMs(variables: StandardVariables): number | undefined {
  const limits = [
    variables.positive('OTEL_METRIC_EXPORT_TIMEOUT'),
    variables.positive(...otlpVariableNames('metrics', 'TIMEOUT')),
  ].filter((it) => it !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}
