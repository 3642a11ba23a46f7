import {
  childrenOf,
  type Expression,
  type VectorSelector,
} from '../../query/language/expression.js';
import { LabelSet } from '../../query/label-set.js';
import type { SampleSeries, SeriesSource } from '../../query/series-source.js';

const LOOKBACK_MS = 300_000;

/** Finds the series of an expression that are there at a time. */
export class NoData {
  static get noLabels(): LabelSet {
    return LabelSet.empty;
  }

  readonly #source: SeriesSource;
  readonly #selectors: readonly VectorSelector[];

  constructor(source: SeriesSource, expression: Expression) {
    this.#source = source;
    this.#selectors = selectorsOf(expression);
  }

  /** Returns the labels of all series that have a sample now: of no older age than a selector looks back. */
  async seriesAt(atMs: number): Promise<readonly LabelSet[]> {
    const found: LabelSet[] = [];
    for (const { matchers, offsetMs } of this.#selectors) {
      const toMs = atMs - offsetMs;
      const series = await this.#source.select({ matchers, fromMs: toMs - LOOKBACK_MS, toMs });
      found.push(...series.filter((it) => isThere(it, toMs)).map(({ labels }) => labels));
    }
    return found;
  }
}

function selectorsOf(it: Expression): VectorSelector[] {
  return it.kind === 'selector' ? [it] : childrenOf(it).flatMap(selectorsOf);
}

function isThere({ timesMs, staleAtMs = [] }: SampleSeries, atMs: number): boolean {
  const lastMs = timesMs.findLast((it) => it <= atMs);
  if (lastMs === undefined || lastMs <= atMs - LOOKBACK_MS) return false;
  return !staleAtMs.some((it) => it > lastMs && it <= atMs);
}
