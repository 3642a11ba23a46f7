import { LabelMatcher } from '../query/label-matcher.js';
import type { LabelSet } from '../query/label-set.js';
import type { SampleSeries, SeriesSource } from '../query/series-source.js';
import type { BucketGrowth } from './latency-distribution.js';
import type { Points } from './statistics.js';

/** Time range: Unix time in milliseconds. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Samples before a range in which the value at its start is looked for. */
const LOOK_BACK_MS = 150_000;

/** Times at which samples were taken, from the last one at or before the start of a range. */
export type Ticks = readonly number[];

/** Growth of a counter. */
export interface Growth {
  /** False if the history has no such counter. */
  readonly isKnown: boolean;
  readonly total: number;
  /** Growth since the tick before, for each tick but the first. */
  readonly perTick: readonly number[];
}

/** Growth of one series of a counter. */
export interface SeriesGrowth {
  readonly labels: LabelSet;
  readonly total: number;
  /** Growth since the tick before, for each tick but the first. */
  readonly perTick: Readonly<Float64Array>;
}

/** Reads counters, gauges and histograms of the process from the history. */
export class Readings {
  readonly #source: SeriesSource;

  constructor(source: SeriesSource) {
    this.#source = source;
  }

  /**
   * Returns the times of the samples of a range.
   *
   * @param always - Metric that every sample has.
   */
  async ticks(always: string, range: Range): Promise<Ticks> {
    const series = await this.#select(always, range);
    const times = [...new Set(series.flatMap(({ timesMs }) => [...timesMs]))];
    const until = times.toSorted((a, b) => a - b).filter((it) => it <= range.toMs);
    const first = until.findLastIndex((it) => it <= range.fromMs);
    return until.slice(Math.max(0, first));
  }

  /** Returns the growth of a counter over all its series. A series that begins within the ticks begins at 0. */
  async growth(counter: string, ticks: Ticks): Promise<Growth> {
    const perTick = new Float64Array(Math.max(0, ticks.length - 1));
    const all = await this.#select(counter, rangeOf(ticks));
    for (const series of all) addGrowth(series, ticks, perTick);
    const total = perTick.reduce((sum, it) => sum + it, 0);
    return { isKnown: all.length > 0, total, perTick: [...perTick] };
  }

  /** Returns the growth of each series of a counter. A series that begins within the ticks begins at 0. */
  async growths(counter: string, ticks: Ticks): Promise<readonly SeriesGrowth[]> {
    const all = await this.#select(counter, rangeOf(ticks));
    return all.map((series) => {
      const perTick = new Float64Array(Math.max(0, ticks.length - 1));
      addGrowth(series, ticks, perTick);
      return { labels: series.labels, total: perTick.reduce((sum, it) => sum + it, 0), perTick };
    });
  }

  /** Returns the growth of a counter for each value of a label. */
  async growthBy(
    counter: string,
    { label, ticks }: { readonly label: string; readonly ticks: Ticks },
  ): Promise<ReadonlyMap<string, number>> {
    const totals = new Map<string, number>();
    for (const series of await this.#select(counter, rangeOf(ticks))) {
      const value = series.labels.get(label);
      totals.set(value, totalGrowth(series, ticks) + (totals.get(value) ?? 0));
    }
    return totals;
  }

  /** Returns the growth of the buckets of a histogram for each value of a label: one list of buckets for each series. */
  async bucketsBy(
    histogram: string,
    { label, ticks }: { readonly label: string; readonly ticks: Ticks },
  ): Promise<ReadonlyMap<string, readonly BucketGrowth[]>> {
    const bySeries = new Map<string, { value: string; cumulative: Map<number, number> }>();
    for (const series of await this.#select(`${histogram}_bucket`, rangeOf(ticks))) {
      const key = series.labels.without(['le']).key;
      const known = bySeries.get(key) ?? {
        value: series.labels.get(label),
        cumulative: new Map<number, number>(),
      };
      const bound = series.labels.get('le');
      known.cumulative.set(bound === '+Inf' ? Infinity : Number(bound), totalGrowth(series, ticks));
      bySeries.set(key, known);
    }
    const byValue = new Map<string, BucketGrowth[]>();
    for (const { value, cumulative } of bySeries.values()) {
      byValue.set(value, [...(byValue.get(value) ?? []), bucketGrowthOf(cumulative)]);
    }
    return byValue;
  }

  /**
   * Returns a gauge at each tick: the sum of its series, or their greatest value.
   *
   * @param labels - Label values that a series must have.
   */
  async gauge(
    metric: string,
    {
      ticks,
      labels = {},
      by = 'sum',
    }: {
      readonly ticks: Ticks;
      readonly labels?: Readonly<Record<string, string>>;
      readonly by?: 'sum' | 'max';
    },
  ): Promise<Points> {
    const values = new Map<number, number>();
    for (const series of await this.#select(metric, rangeOf(ticks), labels)) {
      for (const [i, timeMs] of series.timesMs.entries()) {
        const value = series.values[i]!;
        const before = values.get(timeMs);
        if (before === undefined) values.set(timeMs, value);
        else values.set(timeMs, by === 'sum' ? before + value : Math.max(before, value));
      }
    }
    const timesMs = ticks.filter((it) => values.has(it));
    return { timesMs, values: timesMs.map((it) => values.get(it)!) };
  }

  /** Returns the value at the last tick of each series of a gauge, by the value of a label. */
  async latest(
    metric: string,
    {
      label,
      ticks,
      labels = {},
    }: {
      readonly label: string;
      readonly ticks: Ticks;
      readonly labels?: Readonly<Record<string, string>>;
    },
  ): Promise<ReadonlyMap<string, number>> {
    const lastMs = ticks.at(-1);
    const latest = new Map<string, number>();
    for (const series of await this.#select(metric, rangeOf(ticks), labels)) {
      const index = series.timesMs.findLastIndex((it) => it === lastMs);
      if (index !== -1) latest.set(series.labels.get(label), series.values[index]!);
    }
    return latest;
  }

  async #select(
    metric: string,
    { fromMs, toMs }: Range,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<readonly SampleSeries[]> {
    const all = { __name__: metric, ...labels };
    return await this.#source.select({
      matchers: Object.entries(all).map(([name, value]) => new LabelMatcher(name, '=', value)),
      fromMs: fromMs - LOOK_BACK_MS,
      toMs,
    });
  }
}

/** Returns at most `count` of the ticks after the first one, evenly spread; the last is one of them. */
export function coarse(ticks: Ticks, count: number): Ticks {
  const size = Math.ceil((ticks.length - 1) / count);
  if (size <= 1) return ticks;
  const offset = (ticks.length - 1) % size;
  return ticks.filter((_, i) => i % size === offset);
}

/** Returns the seconds between the first and the last tick. */
export function secondsOf(ticks: Ticks): number {
  return ticks.length < 2 ? 0 : (ticks.at(-1)! - ticks[0]!) / 1_000;
}

/** Returns the time from the first to the last tick. */
function rangeOf(ticks: Ticks): Range {
  return { fromMs: ticks[0] ?? 0, toMs: ticks.at(-1) ?? 0 };
}

function addGrowth({ timesMs, values }: SampleSeries, ticks: Ticks, perTick: Float64Array): void {
  let at = timesMs.findLastIndex((it) => it <= ticks[0]!);
  // Samples that were taken before the first tick say nothing about a series that began after it.
  let before = at === -1 ? 0 : values[at]!;
  for (let tick = 1; tick < ticks.length; tick++) {
    while (at + 1 < timesMs.length && timesMs[at + 1]! <= ticks[tick]!) {
      const value = values[++at]!;
      // A counter that fell was reset to 0.
      perTick[tick - 1]! += value >= before ? value - before : value;
      before = value;
    }
  }
}

function totalGrowth(series: SampleSeries, ticks: Ticks): number {
  const perTick = new Float64Array(Math.max(0, ticks.length - 1));
  addGrowth(series, ticks, perTick);
  return perTick.reduce((sum, it) => sum + it, 0);
}

/** Returns the growth of each bucket from that of the cumulative counts, by bound. */
export function bucketGrowthOf(cumulative: ReadonlyMap<number, number>): BucketGrowth {
  const entries = [...cumulative].toSorted(([a], [b]) => a - b);
  return {
    bounds: entries.map(([bound]) => bound).filter((it) => it !== Infinity),
    counts: entries.map(([, count], i) => Math.max(0, count - (entries[i - 1]?.[1] ?? 0))),
  };
}
