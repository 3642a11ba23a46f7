import { groupKey, type LabelSet } from '../label-set.js';
import { type Bucket, bucketFraction, bucketQuantile, parseBound } from './buckets.js';
import { emptyFrame, type Frame, FrameBuilder, type Steps } from './frame.js';

const BOUND = 'le';
const BY_ALL_BUT_BOUND = [BOUND];

/** Classic histogram: the rows of its buckets in ascending order of their bounds. */
interface Histogram {
  readonly labels: LabelSet;
  readonly buckets: { readonly upperBound: number; readonly row: number }[];
}

/** Value of a histogram at a step. */
type HistogramFunction = (buckets: readonly Bucket[], step: number) => number;

/** Evaluates `histogram_quantile`. */
export function* histogramQuantile(quantile: Float64Array, frame: Frame): Steps<Frame> {
  return yield* ofHistograms(frame, (buckets, step) => bucketQuantile(quantile[step]!, buckets));
}

/** Evaluates `histogram_fraction`. */
export function* histogramFraction(
  [lower, upper]: readonly Float64Array[],
  frame: Frame,
): Steps<Frame> {
  return yield* ofHistograms(frame, (buckets, step) =>
    bucketFraction(lower![step]!, upper![step]!, buckets),
  );
}

/** Evaluates `histogram_quantiles`: each quantile in a series of its own with a label. */
export function* histogramQuantiles(
  frame: Frame,
  label: string,
  quantiles: readonly Float64Array[],
): Steps<Frame> {
  const result = new FrameBuilder(frame.steps, frame.rows.length);
  for (const quantile of quantiles) {
    const values = yield* histogramQuantile(quantile, frame);
    for (const [row, { labels, dropsName }] of values.rows.entries()) {
      for (let step = 0; step < frame.steps; step++) {
        const at = row * frame.steps + step;
        if (values.present[at] === 0) continue;
        const labelled = labels.with(label, formatQuantile(quantile[step]!));
        result.set(result.row(labelled, dropsName), step, values.values[at]!);
      }
    }
  }
  return result.build();
}

/** Returns a quantile as OpenMetrics writes numbers. */
function formatQuantile(quantile: number): string {
  if (Number.isNaN(quantile)) return 'NaN';
  if (!Number.isFinite(quantile)) return quantile > 0 ? '+Inf' : '-Inf';
  return Number.isInteger(quantile) ? `${quantile}.0` : String(quantile);
}

function* ofHistograms(frame: Frame, valueOf: HistogramFunction): Steps<Frame> {
  const histograms = histogramsIn(frame);
  const result = emptyFrame(
    histograms.map(({ labels }) => ({ labels, dropsName: true })),
    frame.steps,
  );
  for (const [row, { buckets }] of histograms.entries()) {
    yield;
    for (let step = 0; step < frame.steps; step++) {
      const present = buckets.flatMap(({ upperBound, row }) => {
        const at = row * frame.steps + step;
        return frame.present[at] === 1 ? [{ upperBound, count: frame.values[at]! }] : [];
      });
      if (present.length === 0) continue;
      const at = row * frame.steps + step;
      result.values[at] = valueOf(present, step);
      result.present[at] = 1;
    }
  }
  return result;
}

function histogramsIn({ rows }: Frame): Histogram[] {
  const found = new Map<string, Histogram>();
  for (const [row, { labels }] of rows.entries()) {
    const upperBound = parseBound(labels.get(BOUND));
    if (upperBound === undefined) continue;
    const key = groupKey(labels, BY_ALL_BUT_BOUND, true);
    let histogram = found.get(key);
    if (histogram === undefined) {
      histogram = { labels: labels.without(BY_ALL_BUT_BOUND), buckets: [] };
      found.set(key, histogram);
    }
    histogram.buckets.push({ upperBound, row });
  }
  for (const { buckets } of found.values())
    buckets.sort((a, b) => a.upperBound - b.upperBound || 0);
  return [...found.values()];
}
