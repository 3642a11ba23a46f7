import type { LabelSet } from '../../query/label-set.js';
import type { VectorSample } from '../../query/query-result.js';
import type { Slices } from '../slices.js';
import type { AlertingPlan, RuleText } from '../rules/rule.js';
import type { TemplateData, TemplateQuery } from '../templates/template.js';
import { NoData } from './no-data.js';

/** State of an alert. `inactive` is one that has ended and whose end is still told. */
type InstanceState = 'pending' | 'firing' | 'inactive';

/** An alert of a rule: one for each label set, whatever its value is. */
export interface AlertInstance {
  readonly labels: LabelSet;
  /** Labels of the series that raised it, without the metric name. */
  readonly of: LabelSet;
  annotations: Readonly<Record<string, string>>;
  value: number;
  state: InstanceState;
  /** Time since which the condition holds: Unix time in milliseconds, as all times here. */
  readonly activeAtMs: number;
  firedAtMs: number | undefined;
  keptSinceMs: number | undefined;
  resolvedAtMs: number | undefined;
  /** Time up to which a state of an earlier process goes on without series. */
  graceUntilMs?: number | undefined;
}

/** Time for which an alert that ended is told again. */
const RESOLVED_RETENTION_MS = 15 * 60_000;

/** Series of a rule, by the labels of their alerts. */
interface Found {
  readonly labels: LabelSet;
  /** Labels of the series, without the metric name. */
  readonly of: LabelSet;
  /** Value and labels for templates, the metric name included. */
  readonly data: TemplateData;
}

interface Taking {
  readonly atMs: number;
  /** Most alerts; 0 for no limit. */
  readonly limit: number;
  readonly slices: Slices;
  /** Evaluates queries of templates. */
  readonly query: TemplateQuery;
}

/** Alerts of one rule: inactive → pending → firing → kept → resolved, as in Prometheus. */
export class AlertInstances {
  readonly #plan: AlertingPlan;
  readonly #noData: NoData | undefined;
  readonly #all = new Map<string, AlertInstance>();

  /** @param noData - Finds out whether the series of the rule are gone; `undefined` for a rule that does not care. */
  constructor(plan: AlertingPlan, noData: NoData | undefined) {
    this.#plan = plan;
    this.#noData = noData;
  }

  /** Pending, firing and lately ended alerts. */
  get all(): readonly AlertInstance[] {
    return [...this.#all.values()];
  }

  /** Pending and firing alerts. */
  get active(): readonly AlertInstance[] {
    return this.all.filter(({ state }) => state !== 'inactive');
  }

  /** Takes over the alerts of an earlier process. */
  restore(instances: readonly AlertInstance[]): void {
    for (const it of instances) this.#all.set(it.labels.key, it);
  }

  /**
   * Takes the result of an evaluation.
   *
   * @throws Error for two series whose alerts would be one, and for more alerts than the limit.
   */
  async take(samples: readonly VectorSample[], taking: Taking): Promise<void> {
    const { atMs, limit, slices } = taking;
    const found = await this.#found(samples, taking);
    const missing = await this.#missing(found, taking);
    for (const it of found.values()) {
      await this.#begin(it, taking);
      if (slices.isOver) await slices.pause();
    }
    for (const [key, it] of this.#all) {
      if (found.has(key)) this.#hold(it, atMs);
      else if (missing(it)) this.#goOn(it, atMs);
      else this.#end(key, it, atMs);
    }
    const count = this.active.length;
    if (limit === 0 || count <= limit) return;
    // They end, so that what was told to fire is told to have ended.
    for (const [key, it] of this.#all) this.#resolve(key, it, atMs);
    throw new RangeError(`exceeded limit of ${limit} with ${count} alerts`);
  }

  async #found(
    samples: readonly VectorSample[],
    { slices, query }: Taking,
  ): Promise<Map<string, Found>> {
    const found = new Map<string, Found>();
    for (const sample of samples) {
      const of = sample.labels.without(['__name__']);
      const data = { labels: sample.labels.toJSON(), value: sample.value };
      const labels = await this.#labelsOf(of, data, query);
      if (found.has(labels.key))
        throw new Error(
          'vector contains metrics with the same labelset after applying alert labels',
        );
      found.set(labels.key, { labels, of, data });
      if (slices.isOver) await slices.pause();
    }
    return found;
  }

  async #labelsOf(of: LabelSet, data: TemplateData, query: TemplateQuery): Promise<LabelSet> {
    let labels = of;
    for (const [name, text] of Object.entries(this.#plan.labels))
      labels = labels.with(name, await text.template.render(data, query));
    return labels.with('alertname', this.#plan.name);
  }

  async #begin({ labels, of, data }: Found, { atMs, query }: Taking): Promise<void> {
    const { value } = data;
    const annotations = await renderedTexts(this.#plan.annotations, data, query);
    const before = this.#all.get(labels.key);
    if (before !== undefined && before.state !== 'inactive') {
      before.value = value;
      before.annotations = annotations;
      return;
    }
    this.#all.set(labels.key, {
      labels,
      of,
      annotations,
      value,
      state: 'pending',
      activeAtMs: atMs,
      firedAtMs: undefined,
      keptSinceMs: undefined,
      resolvedAtMs: undefined,
    });
  }

  #hold(it: AlertInstance, atMs: number): void {
    it.keptSinceMs = undefined;
    it.graceUntilMs = undefined;
    this.#ripen(it, atMs);
  }

  /** An alert whose series are gone stays as it is, or ripens as if its condition held. */
  #goOn(it: AlertInstance, atMs: number): void {
    if (it.state === 'inactive') return this.#end(it.labels.key, it, atMs);
    if (this.#plan.onNoData === 'fire') this.#ripen(it, atMs);
  }

  #end(key: string, it: AlertInstance, atMs: number): void {
    if (it.graceUntilMs !== undefined && atMs < it.graceUntilMs) return;
    const keepMs = this.#plan.keepFiringForMs;
    if (it.state === 'firing' && keepMs > 0) {
      it.keptSinceMs ??= atMs;
      if (atMs - it.keptSinceMs < keepMs) return;
    }
    const isOld = it.resolvedAtMs !== undefined && atMs - it.resolvedAtMs > RESOLVED_RETENTION_MS;
    if (isOld) this.#all.delete(key);
    this.#resolve(key, it, atMs);
  }

  #resolve(key: string, it: AlertInstance, atMs: number): void {
    if (it.state === 'pending') this.#all.delete(key);
    if (it.state === 'inactive') return;
    it.state = 'inactive';
    it.resolvedAtMs = atMs;
    it.keptSinceMs = undefined;
  }

  #ripen(it: AlertInstance, atMs: number): void {
    if (it.state !== 'pending' || atMs - it.activeAtMs < this.#plan.forMs) return;
    it.state = 'firing';
    it.firedAtMs = atMs;
  }

  /** Returns which alerts have no series. A rule that fires without any data gets an alert with its own labels. */
  async #missing(
    found: Map<string, Found>,
    { atMs, query }: Taking,
  ): Promise<(it: AlertInstance) => boolean> {
    if (this.#noData === undefined) return () => false;
    const series = await this.#noData.seriesAt(atMs);
    if (this.#plan.onNoData === 'fire' && series.length === 0 && this.active.length === 0) {
      const of = NoData.noLabels;
      const data = { labels: {}, value: Number.NaN };
      const labels = await this.#labelsOf(of, data, query);
      found.set(labels.key, { labels, of, data });
    }
    return (it) => !series.some((labels) => belongs(it.of, labels));
  }
}

/** An alert belongs to a series unless they have different values for a label. */
function belongs(alert: LabelSet, series: LabelSet): boolean {
  return alert.names.every((name, i) => {
    const value = series.get(name);
    return value === '' || value === alert.values[i];
  });
}

async function renderedTexts(
  texts: Readonly<Record<string, RuleText>>,
  data: TemplateData,
  query: TemplateQuery,
): Promise<Readonly<Record<string, string>>> {
  const entries: (readonly [string, string])[] = [];
  for (const [name, it] of Object.entries(texts))
    entries.push([name, await it.template.render(data, query)]);
  return Object.fromEntries(entries);
}
