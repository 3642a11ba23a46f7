/** A metric as returned by `getMetricsAsJSON()` of prom-client. */
export interface PromClientMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** Aggregation over processes: `sum`, `max`, `min`, `first`, `average` or `omit`. */
  readonly aggregator?: string | undefined;
  readonly values: readonly MetricSample[];
}

/** One sample of a {@link PromClientMetric}. */
export interface MetricSample {
  readonly value: number;
  /** Sample name when it differs from the metric name. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Exemplar of a counter or bucket; prom-client has `null` or `undefined` without one. */
  readonly exemplar?: SampleExemplar | null | undefined;
}

/** Exemplar of a {@link MetricSample}. */
export interface SampleExemplar {
  readonly labelSet: Readonly<Record<string, unknown>>;
  readonly value: number;
  /** Unix time in seconds. */
  readonly timestamp?: number | undefined;
}

/**
 * Thrown when no aggregated metrics of all processes are available. Metrics of a single process would be misread as the
 * total.
 */
export class AggregateUnavailable extends Error {
  /** Always `AggregateUnavailable`. */
  override readonly name = 'AggregateUnavailable';
}

/** Decodes prom-client metrics from a message and drops malformed entries. */
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
  const { value, metricName, labels, exemplar } = message as Readonly<Record<string, unknown>>;
  if (typeof labels !== 'object' || labels === null) return [];
  const isText = (it: unknown) => typeof it === 'string' || typeof it === 'number';
  if (!Object.values(labels).every(isText)) return [];
  return [
    {
      // JSON has no NaN, which prom-client reports for the quantiles of an empty summary.
      value: typeof value === 'number' ? value : Number.NaN,
      ...(typeof metricName === 'string' && { metricName }),
      labels: labels as MetricSample['labels'],
      ...(isExemplar(exemplar) && { exemplar }),
    },
  ];
}

/** Returns true for an exemplar with labels and a value. */
export function isExemplar(it: unknown): it is SampleExemplar {
  if (typeof it !== 'object' || it === null) return false;
  const { labelSet, value } = it as Partial<SampleExemplar>;
  return typeof labelSet === 'object' && labelSet !== null && typeof value === 'number';
}
