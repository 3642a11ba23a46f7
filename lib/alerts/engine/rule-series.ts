import { LabelSet } from '../../query/label-set.js';
import type { SampleSeries, SeriesSelection, SeriesSource } from '../../query/series-source.js';

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
  readonly #series = new Map<string, GrowingSeries>();
  readonly #retentionMs: number;
  /** Series of each rule at its last evaluation. */
  readonly #last = new Map<object, ReadonlySet<string>>();
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
  add(rule: object, samples: readonly RuleSample[], atMs: number): void {
    const now = new Set<string>();
    for (const { labels, value } of samples) {
      const { key } = labels;
      now.add(key);
      const known = this.#series.get(key);
      const series = known ?? new GrowingSeries(labels);
      if (known === undefined) this.#series.set(key, series);
      this.#samples += series.add(atMs, value);
    }
    for (const key of this.#last.get(rule) ?? [])
      if (!now.has(key)) this.#series.get(key)?.end(atMs);
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
    const found: SampleSeries[] = [];
    for (const it of this.#series.values())
      if (it.overlaps(fromMs, toMs) && matchers.every((m) => m.matches(it.labels.get(m.name))))
        found.push(it.view());
    return found;
  }

  /** Returns the samples of the last moments, for a file: at most so many. */
  saved(nowMs: number): readonly SavedSeries[] {
    let all: readonly SavedSeries[] = [];
    for (let ageMs = SAVED_MS; ageMs >= SAVED_MS / 8; ageMs /= 2) {
      all = [...this.#series.values()].flatMap((it) => it.saved(nowMs - ageMs) ?? []);
      if (all.reduce((sum, { values }) => sum + values.length, 0) <= MAX_SAVED) return all;
    }
    return all.slice(0, MAX_SAVED);
  }

  /** Takes over the samples of an earlier process, before the first own ones. */
  restore(saved: readonly SavedSeries[]): void {
    for (const { labels, timesMs, values, staleAtMs } of saved) {
      const set = LabelSet.of(labels);
      if (this.#series.has(set.key)) continue;
      const series = new GrowingSeries(set);
      for (const [i, atMs] of timesMs.entries())
        this.#samples += series.add(atMs, Number(values[i]));
      for (const atMs of staleAtMs) series.end(atMs);
      this.#series.set(set.key, series);
    }
  }

  #removeBefore(ms: number): void {
    for (const [key, it] of this.#series) {
      this.#samples -= it.removeBefore(ms);
      if (it.isEmpty) this.#series.delete(key);
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

  saved(fromMs: number): SavedSeries | undefined {
    const { timesMs, values, staleAtMs = [] } = this.view();
    const from = timesMs.findIndex((it) => it >= fromMs);
    if (from === -1) return undefined;
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
