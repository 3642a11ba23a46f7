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
