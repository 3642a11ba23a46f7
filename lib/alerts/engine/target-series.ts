import { LabelMatcher } from '../../query/label-matcher.js';
import type { LabelSet } from '../../query/label-set.js';
import type { SampleSeries, SeriesSelection, SeriesSource } from '../../query/series-source.js';

/** Labels that Prometheus gives to the series of one scrape target. */
export interface TargetLabels {
  readonly job: string;
  readonly instance: string;
}

const MAX_REMEMBERED = 50_000;

/**
 * Series of the application with the labels of a scrape target, so that rules give the same alerts as in Prometheus. A
 * label of the same name that a series has becomes `exported_job` or `exported_instance`, as in Prometheus.
 */
export class TargetSeries implements SeriesSource {
  readonly #source: SeriesSource;
  readonly #target: Readonly<Record<string, string>>;
  #known = new Map<LabelSet, LabelSet>();

  constructor(source: SeriesSource, target: TargetLabels) {
    this.#source = source;
    this.#target = { ...target };
  }

  /** {@inheritDoc SeriesSource.select} */
  select(selection: SeriesSelection): readonly SampleSeries[] | Promise<readonly SampleSeries[]> {
    const matchers: LabelMatcher[] = [];
    for (const it of selection.matchers) {
      const value = this.#target[it.name];
      if (value === undefined) matchers.push(this.#inner(it));
      else if (!it.matches(value)) return [];
    }
    const found = this.#source.select({ ...selection, matchers });
    const labelled = (all: readonly SampleSeries[]) =>
      all.map((it) => ({ ...it, labels: this.#labelsOf(it.labels) }));
    return 'then' in found ? found.then(labelled) : labelled(found);
  }

  #inner(matcher: LabelMatcher): LabelMatcher {
    const name = matcher.name.replace(/^exported_/, '');
    if (name === matcher.name || this.#target[name] === undefined) return matcher;
    return new LabelMatcher(name, matcher.operator, matcher.value);
  }

  #labelsOf(labels: LabelSet): LabelSet {
    const known = this.#known.get(labels);
    if (known !== undefined) return known;
    let all = labels;
    for (const [name, value] of Object.entries(this.#target)) {
      const own = all.get(name);
      if (own !== '') all = all.with(`exported_${name}`, own);
      all = all.with(name, value);
    }
    if (this.#known.size >= MAX_REMEMBERED) this.#known = new Map();
    this.#known.set(labels, all);
    return all;
  }
}
