import {
  formatHeader,
  formatLabels,
  formatSample,
  gaugeType,
  type Labels,
} from './prometheus-text.format.js';

/** A metric as `getMetricsAsJSON` of prom-client gives it. */
export interface PromClientMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly PromClientSample[];
}

/** A sample as `getMetricsAsJSON` of prom-client gives it. */
export interface PromClientSample {
  readonly value: number;
  /** Name of the sample where it is not that of the metric: `x_bucket`. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
}

/** Writes metrics of prom-client as {@link formatSnapshot} writes ours, with the same global labels. */
export function formatPromClient(
  metrics: readonly PromClientMetric[],
  globalLabels: Labels,
): string {
  return metrics.map((it) => formatMetric(it, globalLabels)).join('');
}

function formatMetric(
  { name, help, type, values }: PromClientMetric,
  globalLabels: Labels,
): string {
  if (values.length === 0) return '';
  const labelNames = Object.keys(values[0]?.labels ?? {});
  const header = { name, help, type: type === 'gauge' ? gaugeType(name, labelNames) : type };
  return formatHeader(header) + values.map((it) => formatValue(name, it, globalLabels)).join('');
}

function formatValue(
  name: string,
  { value, metricName = name, labels }: PromClientSample,
  globalLabels: Labels,
): string {
  const all = { ...globalLabels, ...labels };
  const text = formatLabels(Object.keys(all), Object.values(all).map(String));
  return formatSample(metricName, text, value);
}
