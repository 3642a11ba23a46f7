import { toLabelValue } from '../kernel/label.js';
import type { Histogram, HistogramSeries } from './histogram.js';
import type { Instrument } from './instrument.js';

type Labels = Readonly<Record<string, string>>;

const PLAIN: readonly Labels[] = [{}];

/** A metric and the label sets that it adds to those of the scope. */
export type ScopedMetric = readonly [metric: Instrument<unknown>, variants?: readonly Labels[]];

interface PlainValues {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/**
 * One label set in several metrics: it has series of its own in all of them or in none, so that the metrics of one
 * handler never disagree about what was folded into `__other__`.
 */
export class LabelScope {
  /** Whether the series are the label set's own, not `__other__`. */
  readonly kept: boolean;
  readonly #labels: Labels;
  /** Most metrics of a scope have the same labels: their series share one list of values. */
  #plain: PlainValues | undefined;

  constructor(labels: Labels, metrics: readonly ScopedMetric[]) {
    this.#labels = labels;
    this.kept = metrics.every(
      ([metric, variants = PLAIN]) =>
        metric.hasRoomFor(variants.length) ||
        metric.keeps(...variants.map((it) => ({ ...labels, ...it }))),
    );
  }

  /** The series of a metric in this scope. */
  of<S>(metric: Instrument<S>, variant?: Labels): S {
    return this.kept ? metric.seriesOf(this.#valuesOf(metric, variant)) : metric.other();
  }

  /** The series of a histogram in this scope, with bounds of its own if there are any. */
  histogram(
    metric: Histogram,
    variant: Labels,
    bounds: readonly number[] | undefined,
  ): HistogramSeries {
    if (!this.kept) return metric.other();
    return metric.seriesWithBounds(this.#valuesOf(metric, variant), bounds);
  }

  #valuesOf(
    { definition: { labels: names = [] } }: Instrument<unknown>,
    variant?: Labels,
  ): readonly string[] {
    if (variant !== undefined) {
      return names.map((it) => toLabelValue(variant[it] ?? this.#labels[it]));
    }
    if (this.#plain === undefined || !areSame(this.#plain.names, names)) {
      this.#plain = { names, values: names.map((it) => toLabelValue(this.#labels[it])) };
    }
    return this.#plain.values;
  }
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((it, i) => it === others[i]);
}
