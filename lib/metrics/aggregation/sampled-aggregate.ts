import type { MetricSample, PromClientMetric } from './sampled-metric.js';

// Upper bound on retained samples of ended processes per metric.
const MOST_KEPT = 20_000;
const ROUNDING = 1e-12;

interface Kept {
  readonly sample: MetricSample;
  value: number;
}

interface SampledTotals {
  readonly metric: PromClientMetric;
  /** Retained counts of ended processes, by sample key. */
  readonly kept: Map<string, Kept>;
  shown: Map<string, number>;
}

/**
 * prom-client metrics aggregated over several processes. It follows the rules of prom-client's AggregatorRegistry with
 * two exceptions: summed metrics retain the counts of ended processes, and the largest value of a quantile is exposed.
 */
export class SampledAggregate {
  readonly #threads: boolean;
  readonly #sources = new Map<string, readonly PromClientMetric[]>();
  readonly #totals = new Map<string, SampledTotals>();

  /** @param threads - `true` when the sources are threads of one process. */
  constructor(threads: boolean) {
    this.#threads = threads;
  }

  /** Replaces the metrics of a process. */
  update(id: string, metrics: readonly PromClientMetric[]): void {
    const before = this.#sources.get(id) ?? [];
    this.#sources.set(id, metrics);
    const now = new Map(metrics.map((it) => [it.name, it]));
    for (const metric of before) this.#keep(metric, lostSamples(metric, now.get(metric.name)));
  }

  /** Removes a process and retains its counts. */
  leave(id: string): void {
    for (const metric of this.#sources.get(id) ?? []) this.#keep(metric, metric.values);
    this.#sources.delete(id);
  }

  /** Returns the merged metrics of all processes. */
  merged(): PromClientMetric[] {
    const byName = new Map<string, PromClientMetric[]>();
    for (const { metric } of this.#totals.values()) byName.set(metric.name, []);
    for (const metric of [...this.#sources.values()].flat()) {
      const [first] = byName.get(metric.name) ?? [];
      if (first === undefined) byName.set(metric.name, [metric]);
      // Two types under one name would make the scrape invalid.
      else if (first.type === metric.type) byName.get(metric.name)?.push(metric);
    }
    return [...byName].flatMap(([name, parts]) => this.#merge(name, parts));
  }

  #merge(name: string, parts: readonly PromClientMetric[]): PromClientMetric[] {
    const totals = this.#totals.get(name);
    const metric = parts[0] ?? totals?.metric;
    if (metric === undefined || metric.aggregator === 'omit') return [];
    const grouped = new Map<string, MetricSample[]>();
    const kept = this.#isSummed(metric) ? totals?.kept : undefined;
    for (const [key, it] of kept ?? []) grouped.set(key, [{ ...it.sample, value: it.value }]);
    for (const sample of parts.flatMap(({ values }) => values)) {
      const key = sampleKey(sample);
      const group = grouped.get(key);
      if (group === undefined) grouped.set(key, [sample]);
      else group.push(sample);
    }
    const values = [...grouped].map(([key, samples]) => {
      const value = this.#combine(metric, samples);
      return {
        ...(samples[0] as MetricSample),
        exemplar: newestExemplar(samples),
        value: withoutRounding(value, totals?.shown.get(key)),
      };
    });
    if (totals !== undefined)
      totals.shown = new Map([...grouped.keys()].map((it, i) => [it, values[i]?.value ?? 0]));
    return [{ ...metric, values }];
  }

  #combine(metric: PromClientMetric, samples: readonly MetricSample[]): number {
    const numbers = samples.map(({ value }) => value);
    const isQuantile = metric.type === 'summary' && 'quantile' in (samples[0]?.labels ?? {});
    const rule = isQuantile || this.#isProcessWide(metric) ? 'max' : metric.aggregator;
    switch (rule) {
      case 'max':
        return Math.max(...numbers);
      case 'min':
        return Math.min(...numbers);
      case 'first':
        return numbers[0] as number;
      case 'average':
        return numbers.reduce((sum, it) => sum + it, 0) / numbers.length;
      default:
        return numbers.reduce((sum, it) => sum + it, 0);
    }
  }

  #keep(metric: PromClientMetric, samples: readonly MetricSample[]): void {
    if (samples.length === 0 || metric.type === 'gauge' || !this.#isSummed(metric)) return;
    const known = this.#totals.get(metric.name);
    if (known !== undefined && known.metric.type !== metric.type) return;
    const totals = known ?? {
      metric: { ...metric, values: [] },
      kept: new Map(),
      shown: new Map(),
    };
    this.#totals.set(metric.name, totals);
    for (const sample of samples) {
      if ('quantile' in sample.labels) continue;
      const key = sampleKey(sample);
      const kept = totals.kept.get(key);
      if (kept !== undefined) kept.value += sample.value;
      else if (totals.kept.size < MOST_KEPT) totals.kept.set(key, { sample, value: sample.value });
    }
  }

  #isSummed(metric: PromClientMetric): boolean {
    const { aggregator = 'sum' } = metric;
    return aggregator === 'sum' && !this.#isProcessWide(metric);
  }

  /** In threads, every worker reports the same `process_*` metrics of prom-client. */
  #isProcessWide({ name }: PromClientMetric): boolean {
    return this.#threads && name.startsWith('process_');
  }
}

function lostSamples(
  { values, type }: PromClientMetric,
  now: PromClientMetric | undefined,
): readonly MetricSample[] {
  if (type === 'gauge') return [];
  const current = new Map((now?.values ?? []).map((it) => [sampleKey(it), it.value]));
  return values.filter((it) => !((current.get(sampleKey(it)) ?? -Infinity) >= it.value));
}

function newestExemplar(samples: readonly MetricSample[]): MetricSample['exemplar'] {
  return samples
    .map(({ exemplar }) => exemplar)
    .reduce((newest, it) => ((it?.timestamp ?? 0) > (newest?.timestamp ?? 0) ? it : newest));
}

function sampleKey({ metricName = '', labels }: MetricSample): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([metricName, ...sorted.map(([name, it]) => [name, String(it)])]);
}

function withoutRounding(now: number, before: number | undefined): number {
  if (before === undefined || now >= before) return now;
  return before - now <= Math.abs(before) * ROUNDING ? before : now;
}
