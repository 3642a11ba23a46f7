import { detachString } from '../../kernel/label.js';
import type { Histogram, HistogramSeries } from '../instruments/histogram.js';
import type { Instrument } from '../instruments/instrument.js';
import type { SlotSeries } from '../instruments/slot-series.js';

type Labels = Readonly<Record<string, string>>;

const PLAIN: readonly Labels[] = [{}];

/** A metric and the additional label sets that it has within the scope. */
export type ScopedMetric = readonly [metric: Instrument, variants?: readonly Labels[]];

interface PlainValues {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/**
 * One label set across several metrics. It has its own series in all of them or in none, so all metrics of a handler
 * fold into `__other__` together.
 */
export class LabelScope {
  /** `true` when the label set has its own series; `false` when it is recorded as `__other__`. */
  readonly kept: boolean;
  readonly #labels: Labels;
  /** Values shared by the metrics of a scope that have the same labels, which most have. */
  #plain: PlainValues | undefined;

  constructor(labels: Labels, metrics: readonly ScopedMetric[]) {
    this.#labels = labels;
    this.kept =
      metrics.every(
        ([metric, variants = PLAIN]) =>
          metric.hasRoomFor(variants.length) || metric.keeps(...labelSetsOf(labels, variants)),
      ) && fitTogether(labels, metrics);
  }

  /** Returns a key that identifies the series of this scope in the given metrics. */
  keyIn(metrics: readonly Instrument[]): string {
    return `=${JSON.stringify(metrics.map((it) => it.recordedAs(this.#labels)))}`;
  }

  /** Returns the series of a metric in this scope. */
  of<S extends SlotSeries>(metric: Instrument<S>, variant?: Labels): S {
    return this.kept ? metric.seriesOf(this.#valuesOf(metric, variant)) : metric.other();
  }

  /** Returns the series of a histogram in this scope, optionally with custom bounds. */
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

/** Returns `true` when the series of all metrics fit into the application's budget. */
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
