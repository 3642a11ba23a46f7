import type { MetricType } from '../../metrics/definition/metric-definition.js';

/** Metric whose series share label names and a value layout, as a snapshot block has them. */
export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit?: string | undefined;
  /** Label names, in the order of the label values. */
  readonly labels: readonly string[];
  /** Bucket bounds of a histogram. */
  readonly bounds: readonly number[];
  /** Values per series. */
  readonly stride: number;
}

/** Series of one family over adjacent ticks during which no series came or went. */
export interface Segment {
  readonly family: Family;
  /** Label values of each series. */
  readonly labelSets: readonly (readonly string[])[];
  /** Index of the first tick in the chunk. */
  readonly from: number;
  /** Number of ticks. */
  readonly rows: number;
  /**
   * Adds values of some ticks to numbers.
   *
   * @param column - Index of the series times the stride, plus the index of its value.
   */
  addTo(target: Float64Array, column: number, place: Place): void;
}

/** Ticks of a segment, and the place of their values in a result. */
export interface Place {
  /** First tick, counted from the start of the segment. */
  readonly row: number;
  readonly count: number;
  /** Index of the first result. */
  readonly at: number;
}

/** All series over a list of ticks. */
export interface Chunk {
  /** Time of each tick, as Unix time in milliseconds; ascending. */
  readonly times: Float64Array;
  readonly segments: readonly Segment[];
}

/** Resolution of a chunk: every tick, or one a minute. */
export type TierName = 'full' | 'rollup';

/** Facts about a chunk that are known without reading it. */
export interface ChunkSummary {
  readonly tier: TierName;
  /** Start of the recording: Unix time in milliseconds. Series do not continue from one recording to the next. */
  readonly run: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Number of values. */
  readonly samples: number;
}
