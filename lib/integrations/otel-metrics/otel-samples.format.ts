import type { DataPoint, Histogram, MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { MetricSample, PromClientMetric } from '../../metrics/aggregation/sampled-metric.js';
import type { MetricType } from '../../metrics/definition/metric-definition.js';
import { LabelTranslation, prometheusName, scopeLabels } from './metric-translation.format.js';

// Enumeration values of the SDK, whose package is never imported.
const HISTOGRAM = 0;
const EXPONENTIAL = 1;
const GAUGE = 2;

/** Converts metrics of the SDK. Exponential histograms have a sum and a count, but no buckets. */
export function sampledMetrics(scopes: readonly ScopeMetrics[]): PromClientMetric[] {
  const byName = new Map<string, { metric: PromClientMetric; values: MetricSample[] }>();
  for (const { scope, metrics } of scopes) {
    const fixed = scopeLabels({ name: scope.name, version: scope.version ?? '' });
    for (const data of metrics) {
      const type = typeOf(data);
      const name = nameOf(data, type);
      const translation = new LabelTranslation(type, fixed);
      const known = byName.get(name);
      // Of two metrics with one name, the first one wins if their types differ.
      if (known !== undefined && known.metric.type !== type) continue;
      const values = known?.values ?? [];
      values.push(...samplesOf(name, data, translation));
      const help = data.descriptor.description || `Metric ${data.descriptor.name}.`;
      if (known === undefined) {
        const metric = { name, help, type, aggregator: 'sum', values };
        byName.set(name, { metric, values });
      }
    }
  }
  return [...byName.values()].map(({ metric }) => metric);
}

function typeOf(data: MetricData): MetricType {
  const kind = data.dataPointType as number;
  if (kind === HISTOGRAM || kind === EXPONENTIAL) return 'histogram';
  return kind === GAUGE || !(data as { isMonotonic?: boolean }).isMonotonic ? 'gauge' : 'counter';
}

function nameOf({ descriptor, dataPointType }: MetricData, type: MetricType): string {
  const isRatio = (dataPointType as number) === GAUGE;
  return prometheusName({ name: descriptor.name, unit: descriptor.unit, type, isRatio });
}

function samplesOf(name: string, data: MetricData, translation: LabelTranslation): MetricSample[] {
  const points = data.dataPoints as readonly DataPoint<unknown>[];
  return points.flatMap(({ attributes, value }) => {
    const labels = translation.labelsOf(attributes);
    if (typeof value === 'number') return [{ value, labels }];
    return histogramSamples(name, value as Partial<Histogram>, labels);
  });
}

function histogramSamples(
  name: string,
  { buckets, sum = 0, count = 0 }: Partial<Histogram>,
  labels: MetricSample['labels'],
): MetricSample[] {
  const metricName = `${name}_bucket`;
  let total = 0;
  const bounded = (buckets?.boundaries ?? []).map((le, i) => {
    total += buckets?.counts[i] ?? 0;
    return { metricName, value: total, labels: { ...labels, le } };
  });
  return [
    ...bounded,
    { metricName, value: count, labels: { ...labels, le: '+Inf' } },
    { metricName: `${name}_sum`, value: sum, labels },
    { metricName: `${name}_count`, value: count, labels },
  ];
}
