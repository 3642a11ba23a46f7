/** Instrument type of a metric. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/**
 * Aggregation of a gauge over several processes: the sum, the largest, the smallest, or the most recently set value.
 * Counters and histograms are always summed.
 */
export type GaugeAggregation = 'sum' | 'max' | 'min' | 'last';

/** Definition of a metric, without its values. */
export interface MetricDefinition<L extends string = string> {
  /** Full name with base unit and, for a counter, the suffix `_total`: `shop_payments_total`. */
  readonly name: string;
  /** Type of the instrument. */
  readonly type: MetricType;
  /** Help text: one sentence that describes the metric. */
  readonly help: string;
  /** Base unit, the last word of the name before `_total`: `seconds`, `bytes`, `ratio`. */
  readonly unit?: string;
  /** Label names; every series has a value for each. @defaultValue none */
  readonly labels?: readonly L[];
  /** Upper bounds of the histogram buckets, ascending, without `+Inf`. @defaultValue {@link durationBuckets} */
  readonly buckets?: readonly number[];
  /** Series before further label sets fold into `__other__`. @defaultValue the module's `cardinality.seriesLimit` */
  readonly seriesLimit?: number;
  /** Aggregation over several processes; gauges only. @defaultValue 'sum' */
  readonly aggregation?: GaugeAggregation;
  /**
   * Process-wide series of a gauge, which every thread of a process reports alike: `true` for the whole metric, or
   * values of its first label. Across threads their largest value is used in place of the aggregation. @defaultValue
   * none
   */
  readonly processWide?: true | readonly string[];
  /** OpenTelemetry name. @defaultValue the dotted form of `name` */
  readonly otelName?: string;
  /** OpenTelemetry unit. @defaultValue the UCUM code of `unit` */
  readonly otelUnit?: string;
  /** OpenTelemetry names of labels. @defaultValue the label names */
  readonly otelLabels?: Readonly<Partial<Record<L, string>>>;
}

/** Definition of a custom metric, whose type the method determines. */
export type CustomMetric<L extends string> = Omit<MetricDefinition<L>, 'type' | `otel${string}`>;

/** Default bucket bounds, 1 ms to 10 s, in seconds. */
export const durationBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/**
 * Series limit of metrics whose label values the library itself supplies. They have few series, which a low
 * `cardinality.seriesLimit` for handlers must not fold into `__other__`.
 */
export const CLOSED_SET = 1000;

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['', '_bucket', '_count', '_sum'],
  summary: ['', '_count', '_sum'],
};

/**
 * Returns the sample names of a metric. A histogram `x` exposes `x_count`, for example; a second metric with that name
 * would make the exposition ambiguous.
 */
export function exposedNames({
  name,
  type = '',
}: {
  readonly name: string;
  readonly type?: string | undefined;
}): string[] {
  return (SUFFIXES[type] ?? ['']).map((suffix) => name + suffix);
}
