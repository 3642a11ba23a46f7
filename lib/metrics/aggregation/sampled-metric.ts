/** A metric of another library, as samples: what `getMetricsAsJSON()` of prom-client gives. */
export interface PromClientMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** How the values of several processes become one: `sum`, `max`, `min`, `first`, `average`, `omit`. */
  readonly aggregator?: string | undefined;
  readonly values: readonly MetricSample[];
}

/** One sample of a {@link PromClientMetric}. */
export interface MetricSample {
  readonly value: number;
  /** Name of the sample where it is not that of the metric. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
}

/** Nobody put the metrics of all processes together; those of one alone would read as the whole. */
export class AggregateUnavailable extends Error {
  /** Always `AggregateUnavailable`. */
  override readonly name = 'AggregateUnavailable';
}

/** Metrics of another library as a message holds them; what is none is left out. */
export function decodeSampled(message: unknown): PromClientMetric[] | undefined {
  if (!Array.isArray(message)) return undefined;
  return message.flatMap((it: unknown): PromClientMetric[] => {
    if (typeof it !== 'object' || it === null) return [];
    const { name, help, type, aggregator, values } = it as Readonly<Record<string, unknown>>;
    if (typeof name !== 'string' || typeof help !== 'string' || typeof type !== 'string') return [];
    if (!/^[a-zA-Z_:][\w:]*$/.test(name) || !Array.isArray(values)) return [];
    const samples = values.flatMap((value) => decodeSample(value));
    const rule = typeof aggregator === 'string' ? aggregator : undefined;
    return [{ name, help, type, aggregator: rule, values: samples }];
  });
}

function decodeSample(message: unknown): MetricSample[] {
  if (typeof message !== 'object' || message === null) return [];
  const { value, metricName, labels } = message as Readonly<Record<string, unknown>>;
  if (typeof labels !== 'object' || labels === null) return [];
  const isText = (it: unknown) => typeof it === 'string' || typeof it === 'number';
  if (!Object.values(labels).every(isText)) return [];
  return [
    {
      // JSON has no NaN, which prom-client shows for a quantile of nothing.
      value: typeof value === 'number' ? value : Number.NaN,
      ...(typeof metricName === 'string' && { metricName }),
      labels: labels as MetricSample['labels'],
    },
  ];
}
