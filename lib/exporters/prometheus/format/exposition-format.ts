/** What the lines before the series of a metric tell. */
export interface HeaderOptions {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly unit?: string | undefined;
}

/** The name of one line of a series, and the label that the line has beside those of the series: `le="0.1"`. */
export interface LineName {
  readonly name: string;
  /** Empty for none. */
  readonly label: string;
}

/** How a metric is written: its header and the lines of each of its series. */
export interface MetricLayout {
  readonly header: HeaderOptions;
  /** Name of the samples, before suffixes such as `_bucket`. */
  readonly sampleName: string;
  /** Name of the line that says when a series began to count, if there is one. */
  readonly createdName: string | undefined;
}

/** What a {@link MetricLayout} is made from. */
export interface LaidOutMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly unit?: string | undefined;
  readonly labels?: readonly string[] | undefined;
}

/** A format of the exposition: where text 0.0.4 and OpenMetrics differ. */
export interface ExpositionFormat {
  readonly contentType: string;
  /** Whether a line may carry an exemplar. */
  readonly hasExemplars: boolean;
  /** The last line. */
  readonly end: string;
  /**
   * @param isTaken - Whether another metric exposes that name.
   */
  layoutOf(metric: LaidOutMetric, isTaken: (name: string) => boolean): MetricLayout;
  formatHeader(parts: HeaderOptions): string;
  /** The value of a label `le` or `quantile`. */
  formatBound(bound: number): string;
}
