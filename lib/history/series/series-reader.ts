import type { LabelMatcher } from '../../query/label-matcher.js';
import type { LabelSet } from '../../query/label-set.js';
import { QueryError } from '../../query/query-error.js';
import type { SampleSeries } from '../../query/series-source.js';
import type { Family, Place, Segment } from '../chunks/chunk.js';
import { type Exposure, exposuresOf, type SeriesLabels } from './series-labels.js';

const SERIES_PER_LOOK = 16;
/** Numbers that one selector may read, in all series and ticks. */
const MOST_NUMBERS = 20_000_000;
const METRIC_NAME = '__name__';
const BOUND = 'le';

/** Series of a query while its segments are read. */
interface Found {
  readonly labels: LabelSet;
  readonly values: Float64Array;
  /** First tick and the one after the last, of each part in which the series is present. */
  readonly runs: number[];
}

/** Reads the series that match from segments in ascending order. It yields where the event loop may take over. */
export class SeriesReader {
  readonly #times: Float64Array;
  readonly #labels: SeriesLabels;
  readonly #ofName: readonly LabelMatcher[];
  readonly #ofBound: readonly LabelMatcher[];
  readonly #ofOthers: readonly LabelMatcher[];
  readonly #found = new Map<string, Found>();

  /** @param times - Ticks of the query. */
  constructor(times: Float64Array, matchers: readonly LabelMatcher[], labels: SeriesLabels) {
    this.#times = times;
    this.#labels = labels;
    this.#ofName = matchers.filter(({ name }) => name === METRIC_NAME);
    this.#ofBound = matchers.filter(({ name }) => name === BOUND);
    this.#ofOthers = matchers.filter(({ name }) => name !== METRIC_NAME && name !== BOUND);
  }

  /** Reads the series of a segment. */
  *read(segment: Segment, place: Place): Generator<undefined, void> {
    const { family, labelSets } = segment;
    const exposures = exposuresOf(family).filter(({ names: [series] }) =>
      this.#ofName.every((it) => it.matches(series!.name)),
    );
    if (exposures.length === 0) return;
    for (let series = 0; series < labelSets.length; series++) {
      for (const it of exposures) {
        if (it.part === 'bucket') this.#readBuckets({ segment, place, series }, it);
        else this.#readOne({ segment, place, series }, it);
      }
      // A matcher may take milliseconds.
      yield;
    }
  }

  /** Returns the series read. */
  *series(): Generator<undefined, SampleSeries[]> {
    const all: SampleSeries[] = [];
    for (const it of this.#found.values()) {
      all.push(seriesOf(it, this.#times));
      if (all.length % SERIES_PER_LOOK === 0) yield;
    }
    return all;
  }

  #readOne({ segment, place, series }: SeriesPlace, { names, part }: Exposure): void {
    const { family, labelSets } = segment;
    const labels = this.#labels.of(family, labelSets[series]!, names[0]!);
    if (!this.#matches(labels) || !this.#matchesBound(labels)) return;
    const values = this.#valuesOf(labels, place);
    for (const column of columnsOf(family, part)) {
      segment.addTo(values, series * family.stride + column, place);
    }
  }

  #readBuckets({ segment, place, series }: SeriesPlace, { names }: Exposure): void {
    const { family, labelSets } = segment;
    const count = new Float64Array(place.count);
    for (const [bucket, name] of names.entries()) {
      const labels = this.#labels.of(family, labelSets[series]!, name);
      if (!this.#matches(labels)) return;
      segment.addTo(count, series * family.stride + bucket, { ...place, at: 0 });
      if (this.#matchesBound(labels)) this.#valuesOf(labels, place).set(count, place.at);
    }
  }

  #matches(labels: LabelSet): boolean {
    return this.#ofOthers.every((it) => it.matches(labels.get(it.name)));
  }

  #matchesBound(labels: LabelSet): boolean {
    return this.#ofBound.every((it) => it.matches(labels.get(BOUND)));
  }

  /** Returns the values of a series, which is present at these ticks. */
  #valuesOf(labels: LabelSet, { at, count }: Place): Float64Array {
    let found = this.#found.get(labels.key);
    if (found === undefined) {
      if ((this.#found.size + 1) * this.#times.length > MOST_NUMBERS) throw tooLarge();
      found = { labels, values: new Float64Array(this.#times.length), runs: [] };
      this.#found.set(labels.key, found);
    }
    const { runs, values } = found;
    if (runs.at(-1) === at) runs[runs.length - 1] = at + count;
    else runs.push(at, at + count);
    return values;
  }
}

interface SeriesPlace {
  readonly segment: Segment;
  readonly place: Place;
  /** Index of the series in the segment. */
  readonly series: number;
}

function tooLarge(): QueryError {
  const detail = `a selector would read more than ${MOST_NUMBERS} samples of the history`;
  return new QueryError('OBS_QUERY_LIMIT', { detail });
}

/** Returns the columns that a series is the sum of. */
function columnsOf({ bounds }: Family, part: Exposure['part']): number[] {
  if (part === 'value') return [0];
  return part === 'sum' ? [bounds.length + 1] : [...bounds.keys(), bounds.length];
}

/** Returns the samples of a series. It is stale at the tick after each part in which it is present. */
function seriesOf({ labels, values, runs }: Found, times: Float64Array): SampleSeries {
  if (runs[0] === 0 && runs[1] === times.length) return { labels, timesMs: times, values };
  let length = 0;
  for (let i = 0; i < runs.length; i += 2) length += runs[i + 1]! - runs[i]!;
  const timesMs = new Float64Array(length);
  const present = new Float64Array(length);
  const staleAtMs: number[] = [];
  let at = 0;
  for (let i = 0; i < runs.length; i += 2) {
    timesMs.set(times.subarray(runs[i], runs[i + 1]), at);
    present.set(values.subarray(runs[i], runs[i + 1]), at);
    at += runs[i + 1]! - runs[i]!;
    const staleMs = times[runs[i + 1]!];
    if (staleMs !== undefined) staleAtMs.push(staleMs);
  }
  return { labels, timesMs, values: present, staleAtMs };
}
