import { detachString } from '../../kernel/label.js';
import type { Histogram, HistogramSeries } from '../instruments/histogram.js';
import type { Instrument } from '../instruments/instrument.js';
import type { SlotSeries } from '../instruments/slot-series.js';

type Labels = Readonly<Record<string, string>>;

const PLAIN: readonly Labels[] = [{}];

/** A metric and the label sets that it adds to those of the scope. */
export type ScopedMetric = readonly [metric: Instrument, variants?: readonly Labels[]];

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
    this.kept =
      metrics.every(
        ([metric, variants = PLAIN]) =>
          metric.hasRoomFor(variants.length) || metric.keeps(...labelSetsOf(labels, variants)),
      ) && fitTogether(labels, metrics);
  }

  /** What tells the series of these metrics in this scope from those in another one. */
  keyIn(metrics: readonly Instrument[]): string {
    return `=${JSON.stringify(metrics.map((it) => it.recordedAs(this.#labels)))}`;
  }

  /** The series of a metric in this scope. */
  of<S extends SlotSeries>(metric: Instrument<S>, variant?: Labels): S {
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

  #valuesOf(metric: Instrument, variant?: Labels): readonly string[] {
    if (variant !== undefined)
      return metric.recordedAs({ ...this.#labels, ...variant }).map(detachString);
    const { labels: names = [] } = metric.definition;
    const values = metric.recordedAs(this.#labels);
    const plain = this.#plain;
    if (plain === undefined || !areSame(plain.names, names) || !areSame(plain.values, values)) {
      this.#plain = { names, values: values.map(detachString) };
    }
    return this.#plain!.values;
  }
}

/** Whether the series of all these metrics fit into the budget of the application. */
function fitTogether(labels: Labels, metrics: readonly ScopedMetric[]): boolean {
  const budgeted = metrics.filter(([{ bounds }]) => bounds.isBudgeted);
  const budget = budgeted[0]?.[0].bounds.budget;
  const atMost = budgeted.reduce((sum, [, variants = PLAIN]) => sum + variants.length, 0);
  if (budget === undefined || budget.hasRoomFor(atMost)) return true;
  const fresh = budgeted.reduce(
    (sum, [metric, variants = PLAIN]) => sum + metric.countFresh(labelSetsOf(labels, variants)),
    0,
  );
  return fresh === 0 || budget.hasRoomFor(fresh);
}

function labelSetsOf(labels: Labels, variants: readonly Labels[]): Labels[] {
  return variants.map((it) => ({ ...labels, ...it }));
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((it, i) => it === others[i]);
}
