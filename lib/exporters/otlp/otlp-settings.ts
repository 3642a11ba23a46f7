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

/** Settings of the exporter: options first, then variables, then defaults. */
export interface OtlpSettings extends OtlpTransportSettings {
  readonly temporality: Temporality;
  readonly histograms: HistogramKind;
  readonly intervalMs: number;
}

/**
 * Reads the metrics variables of
 * https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/ in addition to those of all
 * signals.
 */
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

/**
 * Returns the temporality of the variable. `lowmemory` means deltas for synchronous instruments,
 * which include all counters and histograms of the library.
 */
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

/** Returns the shorter of the time limits of an export and of a request, which limit the same operation here. */
function variableTimeoutMs(variables: StandardVariables): number | undefined {
  const limits = [
    variables.positive('OTEL_METRIC_EXPORT_TIMEOUT'),
    variables.positive(...otlpVariableNames('metrics', 'TIMEOUT')),
  ].filter((it) => it !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}
