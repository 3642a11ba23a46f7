import type { MetricSample, SampledMetric } from '../../metrics/aggregation/sampled-metric.js';
import type { ExpositionFormat } from './exposition-format.js';
import { formatHead, formatLabels, formatNumber, type Labels } from './sample.format.js';

/** How metrics of prom-client are written. */
export interface PromClientWriting {
  readonly format: ExpositionFormat;
  readonly globalLabels: Labels;
  /** Whether another metric exposes that name. */
  isTaken(name: string): boolean;
}

/** Writes a metric of prom-client as ours are written, with the same global labels. */
export function formatPromClient(metric: SampledMetric, writing: PromClientWriting): string {
  const { name, help, type, values } = metric;
  if (values.length === 0) return '';
  const labels = Object.keys(values[0]?.labels ?? {});
  const { format } = writing;
  const { header } = format.layoutOf({ name, help, type, labels }, (it) => writing.isTaken(it));
  return format.formatHeader(header) + values.map((it) => formatValue(name, it, writing)).join('');
}

function formatValue(
  name: string,
  { value, metricName = name, labels }: MetricSample,
  { globalLabels, format }: PromClientWriting,
): string {
  const all = { ...globalLabels, ...labels };
  const values = Object.entries(all).map(([label, it]) =>
    label === 'le' || label === 'quantile' ? boundText(it, format) : String(it),
  );
  const text = formatLabels(Object.keys(all), values);
  return `${formatHead({ name: metricName, label: '' }, text)}${formatNumber(value)}\n`;
}

function boundText(bound: string | number, format: ExpositionFormat): string {
  return typeof bound === 'number' ? format.formatBound(bound) : bound;
}
