import { compileRule, type LabelRules, type ValueRule } from './label-rules.js';

/** Series budget shared by all metrics of one application. */
export class SeriesBudget {
  /** Maximum number of series. */
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Current number of series, including those of unbudgeted metrics. */
  get used(): number {
    return this.#used;
  }

  /** Returns `true` when `count` further series fit. */
  hasRoomFor(count: number): boolean {
    return this.#used + count <= this.limit;
  }

  /** Counts a new series. */
  take(): void {
    this.#used++;
  }

  /** Uncounts a removed series. */
  release(): void {
    this.#used--;
  }
}

/** Bounds of one metric. */
export interface MetricCardinality {
  /** Series before further label sets fold into `__other__`, 1 to 1,000,000. @defaultValue `cardinality.seriesLimit` */
  readonly seriesLimit?: number;
  /** Label rules of this metric, which replace the global rule of the same label. @defaultValue none */
  readonly labels?: LabelRules;
}

/** Bounds of all metrics of an application. */
export interface CardinalityBounds {
  /** Series per metric before further label sets fold into `__other__`. */
  readonly seriesLimit: number;
  /**
   * Series of all metrics together. @defaultValue 100,000, or the highest limit of a single metric when that is higher
   */
  readonly totalSeriesLimit?: number | undefined;
  /** Bounds by metric name; a number sets the series limit. @defaultValue none */
  readonly perMetric?: Readonly<Record<string, number | MetricCardinality>> | undefined;
  /** Label rules by label name, for all metrics. @defaultValue none */
  readonly labels?: LabelRules | undefined;
}

/** Effective bounds of one metric. */
export interface MetricBounds {
  readonly limit: number;
  readonly budget: SeriesBudget;
  /**
   * `true` when the shared budget limits its series. Metrics without open labels have few series, which must remain
   * available when the budget is exhausted.
   */
  readonly isBudgeted: boolean;
  /** Rule of each label, in label order. */
  readonly rules: readonly (ValueRule | undefined)[];
}

/** Fields of a metric definition that determine its bounds. */
export interface BoundedMetric {
  readonly name: string;
  readonly labels?: readonly string[];
  readonly seriesLimit?: number;
}

const DEFAULT_TOTAL = 100_000;

/** Resolves the bounds of every metric. */
export class Cardinality {
  /** Series of all metrics. */
  readonly budget: SeriesBudget;
  readonly #seriesLimit: number;
  readonly #perMetric: ReadonlyMap<string, MetricCardinality>;
  readonly #rules: ReadonlyMap<string, ValueRule>;

  constructor({ seriesLimit, totalSeriesLimit, perMetric = {}, labels = {} }: CardinalityBounds) {
    const entries = Object.entries(perMetric);
    this.#seriesLimit = seriesLimit;
    this.#perMetric = new Map(
      entries.map(([name, it]) => [name, typeof it === 'number' ? { seriesLimit: it } : it]),
    );
    this.#rules = compiled(labels);
    const limits = [...this.#perMetric.values()].map((it) => it.seriesLimit ?? 0);
    const usual = Math.max(DEFAULT_TOTAL, seriesLimit, ...limits);
    this.budget = new SeriesBudget(totalSeriesLimit ?? usual);
  }

  /** Labels with a global rule. */
  get ruledLabels(): readonly string[] {
    return [...this.#rules.keys()];
  }

  /** Metrics with bounds of their own, and the labels for which these have rules. */
  get namedMetrics(): readonly (readonly [name: string, labels: readonly string[]])[] {
    return [...this.#perMetric].map(([name, it]) => [name, Object.keys(it.labels ?? {})]);
  }

  /**
   * Returns the bounds of a metric.
   *
   * @param openLabels - Labels whose values the application supplies. @defaultValue all
   */
  boundsOf({ name, labels = [], seriesLimit }: BoundedMetric, openLabels = labels): MetricBounds {
    const own = this.#perMetric.get(name);
    const ownRules = compiled(own?.labels ?? {});
    return {
      limit: own?.seriesLimit ?? seriesLimit ?? this.#seriesLimit,
      budget: this.budget,
      isBudgeted: labels.some((it) => openLabels.includes(it)),
      rules: labels.map((it) =>
        openLabels.includes(it) ? (ownRules.get(it) ?? this.#rules.get(it)) : undefined,
      ),
    };
  }
}

function compiled(rules: LabelRules): ReadonlyMap<string, ValueRule> {
  return new Map(Object.entries(rules).map(([label, rule]) => [label, compileRule(rule)]));
}
