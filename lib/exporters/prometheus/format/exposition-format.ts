/** Content of the header lines of a metric. */
export interface HeaderOptions {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly unit?: string | undefined;
}

/** Name of one line of a series, and the label that it has in addition to those of the series, such as `le="0.1"`. */
export interface LineName {
  readonly name: string;
  /** Additional label; empty for none. */
  readonly label: string;
}

/** Layout of a metric: its header and the lines of each series. */
export interface MetricLayout {
  readonly header: HeaderOptions;
  /** Sample name before suffixes such as `_bucket`. */
  readonly sampleName: string;
  /** Name of the line with the creation time of a series, if any. */
  readonly createdName: string | undefined;
}

/** Input of a {@link MetricLayout}. */
export interface LaidOutMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly unit?: string | undefined;
  readonly labels?: readonly string[] | undefined;
}

/** Exposition format: the differences between text 0.0.4 and OpenMetrics. */
export interface ExpositionFormat {
  readonly contentType: string;
  /** True if a line may carry an exemplar. */
  readonly hasExemplars: boolean;
  /** Last line of the exposition. */
  readonly end: string;
  /** @param isTaken - Returns true if another metric exposes the name. */
  layoutOf(metric: LaidOutMetric, isTaken: (name: string) => boolean): MetricLayout;
  formatHeader(parts: HeaderOptions): string;
  /** Formats the value of a label `le` or `quantile`. */
  formatBound(bound: number): string;
}
