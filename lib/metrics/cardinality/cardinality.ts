import { compileRule, type LabelRules, type ValueRule } from './label-rules.js';

/** The series of all metrics of one application together. */
export class SeriesBudget {
  /** Series that may be made. */
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Series there are, those included that no limit turns away. */
  get used(): number {
    return this.#used;
  }

  /** Whether that many further series fit. */
  hasRoomFor(count: number): boolean {
    return this.#used + count <= this.limit;
  }

  /** A series was made. */
  take(): void {
    this.#used++;
  }

  /** A series was removed. */
  release(): void {
    this.#used--;
  }
}

/** Bounds for one metric. */
export interface MetricCardinality {
  /** Series before further ones fold into `__other__`, 1 to 1,000,000. @defaultValue that of all metrics */
  readonly seriesLimit?: number;
  /** Values of its labels, in place of the rules for all metrics. @defaultValue none */
  readonly labels?: LabelRules;
}

/** Bounds for all metrics of an application. */
export interface CardinalityBounds {
  /** Series per metric before further ones fold into `__other__`. */
  readonly seriesLimit: number;
  /** Series of all metrics together. @defaultValue 100,000, or the highest limit of one metric when that is more */
  readonly totalSeriesLimit?: number | undefined;
  /** Bounds by the name of a metric; a number is its series limit. @defaultValue none */
  readonly perMetric?: Readonly<Record<string, number | MetricCardinality>> | undefined;
  /** Values of labels by label name, whatever the metric. @defaultValue none */
  readonly labels?: LabelRules | undefined;
}

/** What bounds the series of one metric. */
export interface MetricBounds {
  readonly limit: number;
  readonly budget: SeriesBudget;
  /** Whether the budget turns its series away; what the library says about itself is few, and needed when it does. */
  readonly isBudgeted: boolean;
  /** The rule of each label, in their order. */
  readonly rules: readonly (ValueRule | undefined)[];
}

/** The part of a metric's definition that its bounds depend on. */
export interface BoundedMetric {
  readonly name: string;
  readonly labels?: readonly string[];
  readonly seriesLimit?: number;
}

const DEFAULT_TOTAL = 100_000;

/** Gives every metric its bounds. */
export class Cardinality {
  /** All series together. */
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

  /** Labels that have rules for all metrics. */
  get ruledLabels(): readonly string[] {
    return [...this.#rules.keys()];
  }

  /** Metrics that have bounds of their own, and the labels that these name. */
  get namedMetrics(): readonly (readonly [name: string, labels: readonly string[]])[] {
    return [...this.#perMetric].map(([name, it]) => [name, Object.keys(it.labels ?? {})]);
  }

  /**
   * The bounds of a metric.
   *
   * @param openLabels - Labels with values that the application makes. @defaultValue all
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
