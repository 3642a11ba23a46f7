/** The kinds of instrument. */
export type MetricType = 'counter' | 'gauge' | 'histogram';

/**
 * How one number is made of those that a gauge has in several processes: their sum, the largest, the smallest, or the one
 * that was set last. Counters and histograms are always summed.
 */
export type GaugeAggregation = 'sum' | 'max' | 'min' | 'last';

/** A metric as data: everything about it except its values. */
export interface MetricDefinition<L extends string = string> {
  /** Full name with base unit and, for a counter, `_total`: `shop_payments_total`. */
  readonly name: string;
  /** The kind of instrument that records it. */
  readonly type: MetricType;
  /** One sentence for whoever reads the scrape. */
  readonly help: string;
  /** Base unit, the last word of the name before `_total`: `seconds`, `bytes`, `ratio`. */
  readonly unit?: string;
  /** Label names; every series has a value for each. @defaultValue none */
  readonly labels?: readonly L[];
  /** Upper bounds of a histogram's buckets, ascending, without +Inf. @defaultValue {@link durationBuckets} */
  readonly buckets?: readonly number[];
  /** Series kept before further label sets fold into `__other__`. @defaultValue the module's `cardinality.seriesLimit` */
  readonly seriesLimit?: number;
  /** How the values of several processes become one; for gauges alone. @defaultValue 'sum' */
  readonly aggregation?: GaugeAggregation;
  /**
   * What is the same in all threads of a process, so that of threads the largest counts and no sum: `true` for the whole
   * metric, or values of the first label. @defaultValue nothing
   */
  readonly processWide?: true | readonly string[];
  /** Name in OpenTelemetry where it is not the dotted form of `name`. */
  readonly otelName?: string;
}

/** Default bounds in seconds: 1 ms to 10 s. */
export const durationBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/**
 * Series limit of metrics whose label values the library itself makes: there are few of them, and a low
 * `cardinality.seriesLimit` for handlers must not fold the memory of the process into `__other__`.
 */
export const CLOSED_SET = 1000;

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['', '_bucket', '_count', '_sum'],
  summary: ['', '_count', '_sum'],
};

/**
 * The names that the samples of a metric have: a histogram `x` exposes `x_count`, and a metric of that name beside it
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
