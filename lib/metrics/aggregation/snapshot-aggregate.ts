import { exposedNames, type MetricDefinition } from '../definition/metric-definition.js';
import type { MetricSnapshot, RegistrySnapshot } from '../snapshot/snapshot.js';
import { AggregatedMetric, type MetricPart } from './aggregated-metric.js';
import type { GaugeRule } from './gauge-rule.js';
import { lostCounts } from './lost-counts.js';

// Only an application that generates metric names at run time reaches this number.
const MOST_METRICS = 2_000;
const SERIES_LIMIT = 1_000;

/** Settings of a {@link SnapshotAggregate}. */
export interface AggregateOptions {
  /** `true` when the sources are threads of one process, which all report the same process-wide metrics. */
  readonly threads: boolean;
  /** Receives definition and bucket conflicts, at most once per source and metric. */
  onConflict(problem: Error): void;
}

interface Source {
  readonly order: number;
  metrics: ReadonlyMap<string, MetricSnapshot>;
  hasGauges: boolean;
  seriesLimit: number;
  readonly conflicts: Set<string>;
}

/**
 * Merges the metrics of several processes. Counters and histograms are summed and include processes that have ended, so
 * no sum decreases. Gauges cover live processes only. Retained data does not grow with the number of ended processes.
 */
export class SnapshotAggregate {
  readonly #options: AggregateOptions;
  readonly #metrics = new Map<string, AggregatedMetric>();
  /** Owning metric of each sample name. */
  readonly #exposed = new Map<string, string>();
  /** Oldest process first. */
  readonly #sources = new Map<string, Source>();
  #joined = 0;

  constructor(options: AggregateOptions) {
    this.#options = options;
  }

  /** Adds a process without metrics. */
  join(id: string, seriesLimit: number = SERIES_LIMIT): void {
    if (this.#sources.has(id)) return;
    const order = this.#joined++;
    const metrics = new Map<string, MetricSnapshot>();
    this.#sources.set(id, { order, metrics, hasGauges: true, seriesLimit, conflicts: new Set() });
  }

  /** Replaces the metrics of a process. */
  update(id: string, { metrics }: RegistrySnapshot): void {
    const source = this.#sources.get(id);
    if (source === undefined) return;
    const before = source.metrics;
    source.metrics = new Map(metrics.map((it) => [it.definition.name, it]));
    source.hasGauges = true;
    for (const metric of before.values()) {
      const blocks = lostCounts(metric, source.metrics.get(metric.definition.name));
      if (blocks.length > 0) this.#admit(metric, source)?.keep({ blocks, order: source.order });
    }
    for (const it of source.metrics.values()) this.#admit(it, source);
  }

  /** Excludes the gauges of a process until its next update. */
  hideGauges(id: string): void {
    const source = this.#sources.get(id);
    if (source !== undefined) source.hasGauges = false;
  }

  /** Removes a process and retains its counts. */
  leave(id: string): void {
    const source = this.#sources.get(id);
    if (source === undefined) return;
    this.#sources.delete(id);
    for (const metric of source.metrics.values()) {
      this.#admit(metric, source)?.keep({ blocks: metric.blocks, order: source.order });
    }
    for (const [name, metric] of this.#metrics) {
      const { seriesLimit = source.seriesLimit } = metric.definition;
      if (metric.size > seriesLimit) metric.fold(seriesLimit, this.#partsOf(name, metric));
    }
    this.#forgetMetrics();
  }

  /**
   * Returns the merged metrics of all processes.
   *
   * @param takenAtMs - Unix time, milliseconds.
   */
  merged(takenAtMs: number): RegistrySnapshot {
    const metrics = [...this.#metrics].map(([name, metric]) => {
      const parts = this.#partsOf(name, metric);
      const before = metric.conflicts;
      const merged = metric.merge(parts);
      if (metric.conflicts > before)
        this.#report(parts, `${name}: bucket bounds differ between processes`);
      return merged;
    });
    return Object.freeze({ takenAtMs, metrics: Object.freeze(metrics) });
  }

  #partsOf(name: string, { definition }: AggregatedMetric): MetricPart[] {
    return [...this.#sources.values()].flatMap(({ order, metrics, hasGauges }) => {
      const metric = metrics.get(name);
      if (metric === undefined || (definition.type === 'gauge' && !hasGauges)) return [];
      return fits(metric.definition, definition) ? [{ blocks: metric.blocks, order }] : [];
    });
  }

  /** Returns the aggregate for a metric; `undefined` when its definition conflicts with the current one. */
  #admit({ definition }: MetricSnapshot, source: Source): AggregatedMetric | undefined {
    const { name } = definition;
    const known = this.#metrics.get(name);
    if (known !== undefined && fits(known.definition, definition)) return known;
    const problem = `${name}: definitions differ between processes, the newest process takes precedence`;
    if (known !== undefined) this.#reportOnce(source, name, problem);
    if (known !== undefined && !this.#isNewest(name, source)) return undefined;
    if (!this.#hasFreeNames(definition, source)) return undefined;
    this.#forgetNames(name);
    const metric = new AggregatedMetric(definition, this.#ruleFor(definition));
    this.#metrics.set(name, metric);
    for (const it of exposedNames(definition)) this.#exposed.set(it, name);
    return metric;
  }

  #isNewest(name: string, { order }: Source): boolean {
    return [...this.#sources.values()].every((it) => it.order <= order || !it.metrics.has(name));
  }

  /** A histogram `x` exposes `x_count`; another metric with that name would break the scrape. */
  #hasFreeNames(definition: MetricDefinition, source: Source): boolean {
    const isTaken = exposedNames(definition).some((it) => {
      const owner = this.#exposed.get(it);
      return owner !== undefined && owner !== definition.name;
    });
    if (isTaken) {
      const problem = `${definition.name}: its sample names collide with a metric of another process`;
      this.#reportOnce(source, definition.name, problem);
    }
    return !isTaken;
  }

  #ruleFor({ aggregation = 'sum', processWide = [] }: MetricDefinition): GaugeRule {
    if (!this.#options.threads) return () => aggregation;
    return ([first]) =>
      processWide === true || processWide.includes(first ?? '') ? 'max' : aggregation;
  }

  /** Drops metrics that no live process has while their number exceeds the limit. */
  #forgetMetrics(): void {
    if (this.#metrics.size <= MOST_METRICS) return;
    const live = new Set([...this.#sources.values()].flatMap(({ metrics }) => [...metrics.keys()]));
    for (const name of this.#metrics.keys()) {
      if (live.has(name) || this.#metrics.size <= MOST_METRICS) continue;
      this.#forgetNames(name);
      this.#metrics.delete(name);
    }
  }

  #forgetNames(metric: string): void {
    const definition = this.#metrics.get(metric)?.definition;
    for (const it of definition === undefined ? [] : exposedNames(definition)) {
      this.#exposed.delete(it);
    }
  }

  #report(parts: readonly MetricPart[], problem: string): void {
    const newest = parts.at(-1)?.order;
    const source = [...this.#sources.values()].find(({ order }) => order === newest);
    if (source !== undefined) this.#reportOnce(source, problem, problem);
  }

  #reportOnce({ conflicts }: Source, subject: string, problem: string): void {
    if (conflicts.has(subject)) return;
    conflicts.add(subject);
    this.#options.onConflict(new Error(problem));
  }
}

/** Returns `true` when values of the two definitions can be merged. */
function fits(one: MetricDefinition, other: MetricDefinition): boolean {
  return one === other || signatureOf(one) === signatureOf(other);
}

function signatureOf({ type, unit = '', labels = [], aggregation = 'sum' }: MetricDefinition) {
  return JSON.stringify([type, unit, labels, aggregation]);
}
