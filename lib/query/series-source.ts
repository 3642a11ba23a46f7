import type { LabelMatcher } from './label-matcher.js';
import type { LabelSet } from './label-set.js';

/** Samples of one series, in ascending order of time. */
export interface SampleSeries {
  /** Labels; the same object in each selection saves work. */
  readonly labels: LabelSet;
  /** Time of each sample, as Unix time in milliseconds; strictly ascending. Series may share the array. */
  readonly timesMs: Readonly<Float64Array>;
  /** Value of each sample. */
  readonly values: Readonly<Float64Array>;
  /**
   * Times at which the series was seen to be gone, ascending. From such a time until its next sample the series is
   * stale: an instant selector does not look back past it. @defaultValue none
   */
  readonly staleAtMs?: readonly number[] | undefined;
}

/** Series and times that a query reads. */
export interface SeriesSelection {
  /** Matchers that all have to match. An empty list selects every series. */
  readonly matchers: readonly LabelMatcher[];
  /** Start of the time range, inclusive: Unix time in milliseconds. */
  readonly fromMs: number;
  /** End of the time range, inclusive: Unix time in milliseconds. */
  readonly toMs: number;
}

/**
 * Port through which queries read samples, for example those of the metric history.
 *
 * @example
 * ```ts
 * import { LabelSet, type SeriesSource } from '@eventcore/nestjs-observability/query';
 *
 * const up = {
 *   labels: LabelSet.of({ __name__: 'up', job: 'shop' }),
 *   timesMs: Float64Array.of(0, 5_000, 10_000),
 *   values: Float64Array.of(1, 1, 0),
 * };
 *
 * export const source: SeriesSource = {
 *   select: ({ matchers }) =>
 *     [up].filter(({ labels }) => matchers.every((it) => it.matches(labels.get(it.name)))),
 * };
 * ```
 */
export interface SeriesSource {
  /**
   * Returns the series that match, in any order and each label set once. A series may contain samples outside of the
   * time range; one without samples in it may be left out.
   */
  select(selection: SeriesSelection): readonly SampleSeries[] | Promise<readonly SampleSeries[]>;
}
