import type { PageFamily, PageSample } from './exposition.js';
import { labelOf } from './exposition.js';
import { numberOf } from './sample-line.js';

/** Buckets and count of one series of a histogram. */
interface Series {
  readonly line: number;
  readonly buckets: (readonly [bound: number, count: number])[];
  count: number | undefined;
}

type Found = readonly [code: string, message: string, line: number];

/** Returns the violations of the rules of histograms. */
export function* histogramProblems({ name, type, samples }: PageFamily): Iterable<Found> {
  if (type !== 'histogram') return;
  const all = new Map<string, Series>();
  for (const sample of samples) {
    const series = seriesOf(all, sample);
    if (sample.name === `${name}_count`) series.count = sample.value;
    if (sample.name !== `${name}_bucket`) continue;
    const bound = numberOf(labelOf(sample, 'le') ?? '');
    if (Number.isNaN(bound)) yield ['bucket-le', 'a bucket has a number as label le', sample.line];
    else series.buckets.push([bound, sample.value]);
  }
  for (const series of all.values()) yield* seriesProblems(series);
}

function* seriesProblems({ buckets, count, line }: Series): Iterable<Found> {
  const sorted = buckets.toSorted(([one], [other]) => one - other);
  const [lastBound, lastCount] = sorted.at(-1) ?? [];
  if (lastBound !== Infinity) yield ['bucket-inf', 'a histogram has a bucket with le="+Inf"', line];
  else if (count !== undefined && count !== lastCount)
    yield ['bucket-count', '_count equals the bucket with le="+Inf"', line];
  if (sorted.some(([, it], i) => i > 0 && it < (sorted[i - 1] as (typeof sorted)[0])[1]))
    yield ['bucket-order', 'bucket counts are cumulative: they do not decrease', line];
}

function seriesOf(all: Map<string, Series>, { labels, line }: PageSample): Series {
  const own = labels.filter(([name]) => name !== 'le').toSorted(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify(own);
  const known = all.get(key);
  if (known !== undefined) return known;
  const series: Series = { line, buckets: [], count: undefined };
  all.set(key, series);
  return series;
}
