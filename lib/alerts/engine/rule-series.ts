import { LabelSet, METRIC_NAME } from '../../query/label-set.js';
import type { SampleSeries, SeriesSelection, SeriesSource } from '../../query/series-source.js';

import type { Slices } from '../slices.js';

const RETENTION_MS = 6 * 3_600_000;
const MAX_SAMPLES = 500_000;
const FIRST_CAPACITY = 16;
/** Age of samples that outlive the process: a query looks back for five minutes. */
const SAVED_MS = 5 * 60_000;
const MAX_SAVED = 10_000;

/** Samples of a series that outlive their process. */
export interface SavedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly timesMs: readonly number[];
  /** Values as texts: JSON has no NaN and no infinity. */
  readonly values: readonly string[];
  readonly staleAtMs: readonly number[];
}

/** Series that rules make: recorded ones, `ALERTS` and `ALERTS_FOR_STATE`, of the last six hours. */
export class RuleSeries implements SeriesSource {
  /** Series by metric name and key: most selections name a metric. */
  readonly #families = new Map<string, Map<string, GrowingSeries>>();
  readonly #retentionMs: number;
  /** Series of each rule at its last evaluation. */
  readonly #last = new Map<object, ReadonlySet<GrowingSeries>>();
  #samples = 0;

  /** @param retentionMs - Age from which samples are given up. */
  constructor(retentionMs = RETENTION_MS) {
    this.#retentionMs = retentionMs;
  }

  /** Number of samples. */
  get samples(): number {
    return this.#samples;
  }

  /**
   * Adds what a rule gave at a time. A series that it gave the last time and not now has ended.
   *
   * @param rule - Identity of the rule.
   */
  async add(
    rule: object,
    samples: readonly RuleSample[],
    { atMs, slices }: { readonly atMs: number; readonly slices: Slices },
  ): Promise<void> {
    const now = new Set<GrowingSeries>();
    for (const { labels, value } of samples) {
      const series = this.#seriesOf(labels);
      now.add(series);
      this.#samples += series.add(atMs, value);
      if (slices.isOver) await slices.pause();
    }
    for (const it of this.#last.get(rule) ?? []) if (!now.has(it)) it.end(atMs);
    this.#last.set(rule, now);
  }

  /** Gives up what is too old, and the oldest beyond the limit. */
  expire(nowMs: number): void {
    let ageMs = this.#retentionMs;
    this.#removeBefore(nowMs - ageMs);
    while (this.#samples > MAX_SAMPLES && ageMs > 60_000) {
      ageMs /= 2;
      this.#removeBefore(nowMs - ageMs);
    }
  }

  /** {@inheritDoc SeriesSource.select} */
  select({ matchers, fromMs, toMs }: SeriesSelection): readonly SampleSeries[] {
    const ofName = matchers.filter(({ name }) => name === METRIC_NAME);
    const ofOthers = matchers.filter(({ name }) => name !== METRIC_NAME);
    const found: SampleSeries[] = [];
    for (const [name, family] of this.#families) {
      if (!ofName.every((it) => it.matches(name))) continue;
      for (const it of family.values())
        if (it.overlaps(fromMs, toMs) && ofOthers.every((m) => m.matches(it.labels.get(m.name))))
          found.push(it.view());
    }
    return found;
  }

  /** Returns the samples of the last moments, for a file: at most so many. */
  *saved(nowMs: number): Generator<SavedSeries, void> {
    let count = 0;
    for (const { size } of this.#families.values()) count += size;
    const most = Math.max(1, Math.floor(MAX_SAVED / count));
    let left = MAX_SAVED;
    for (const it of this.#all()) {
      const saved = it.saved(nowMs - SAVED_MS, most);
      if (saved === undefined) continue;
      left -= saved.values.length;
      if (left < 0) return;
      yield saved;
    }
  }

  /** Takes over the samples of an earlier process, before the first own ones. */
  restore(saved: readonly SavedSeries[]): void {
    for (const { labels, timesMs, values, staleAtMs } of saved) {
      const series = this.#seriesOf(LabelSet.of(labels));
      if (!series.isEmpty) continue;
      for (const [i, atMs] of timesMs.entries())
        this.#samples += series.add(atMs, Number(values[i]));
      for (const atMs of staleAtMs) series.end(atMs);
    }
  }

  *#all(): Generator<GrowingSeries, void> {
    for (const it of this.#families.values()) yield* it.values();
  }

  #seriesOf(labels: LabelSet): GrowingSeries {
    const name = labels.get(METRIC_NAME);
    const family = this.#families.get(name) ?? new Map<string, GrowingSeries>();
    this.#families.set(name, family);
    const series = family.get(labels.key) ?? new GrowingSeries(labels);
    family.set(labels.key, series);
    return series;
  }

  #removeBefore(ms: number): void {
    for (const [name, family] of this.#families) {
      for (const [key, it] of family) {
        this.#samples -= it.removeBefore(ms);
        if (it.isEmpty) family.delete(key);
      }
      if (family.size === 0) this.#families.delete(name);
    }
  }
}

/** Value that a rule gave. */
export interface RuleSample {
  readonly labels: LabelSet;
  readonly value: number;
}

class GrowingSeries {
  readonly labels: LabelSet;
  #timesMs = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #staleAtMs: number[] = [];
  #first = 0;
  #end = 0;

  constructor(labels: LabelSet) {
    this.labels = labels;
  }

  get isEmpty(): boolean {
    return this.#first === this.#end;
  }

  /** @returns 1 for a new sample, 0 for one whose time is not later than the last. */
  add(atMs: number, value: number): number {
    if (!this.isEmpty && atMs <= this.#timesMs[this.#end - 1]!) return 0;
    if (this.#end === this.#timesMs.length) this.#grow();
    this.#timesMs[this.#end] = atMs;
    this.#values[this.#end++] = value;
    return 1;
  }

  end(atMs: number): void {
    this.#staleAtMs.push(atMs);
  }

  /** @returns Number of removed samples. */
  removeBefore(ms: number): number {
    const before = this.#first;
    while (this.#first < this.#end && this.#timesMs[this.#first]! < ms) this.#first++;
    if (this.#staleAtMs.length > 0) this.#staleAtMs = this.#staleAtMs.filter((it) => it >= ms);
    return this.#first - before;
  }

  /** Returns the last samples: at most so many. */
  saved(fromMs: number, most: number): SavedSeries | undefined {
    const { timesMs, values, staleAtMs = [] } = this.view();
    let from = timesMs.length;
    const first = Math.max(0, from - most);
    while (from > first && timesMs[from - 1]! >= fromMs) from--;
    if (from === timesMs.length) return undefined;
    return {
      labels: this.labels.toJSON(),
      timesMs: [...timesMs.subarray(from)],
      values: Array.from(values.subarray(from), String),
      staleAtMs: staleAtMs.filter((it) => it >= fromMs),
    };
  }

  overlaps(fromMs: number, toMs: number): boolean {
    if (this.isEmpty) return false;
    return this.#timesMs[this.#end - 1]! >= fromMs && this.#timesMs[this.#first]! <= toMs;
  }

  view(): SampleSeries {
    return {
      labels: this.labels,
      timesMs: this.#timesMs.subarray(this.#first, this.#end),
      values: this.#values.subarray(this.#first, this.#end),
      staleAtMs: [...this.#staleAtMs],
    };
  }

  /** Views of earlier selections keep the arrays that they have. */
  #grow(): void {
    const count = this.#end - this.#first;
    const capacity = Math.max(FIRST_CAPACITY, count * 2);
    const grown = (from: Float64Array) => {
      const to = new Float64Array(capacity);
      to.set(from.subarray(this.#first, this.#end));
      return to;
    };
    this.#timesMs = grown(this.#timesMs);
    this.#values = grown(this.#values);
    this.#first = 0;
    this.#end = count;
  }
}
