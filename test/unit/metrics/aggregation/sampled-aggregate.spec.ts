import { AggregatorRegistry, Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { SampledAggregate } from '../../../../lib/metrics/aggregation/sampled-aggregate.js';
import {
  decodeSampled,
  type PromClientMetric,
} from '../../../../lib/metrics/aggregation/sampled-metric.js';

const AGGREGATORS = ['sum', 'max', 'min', 'first', 'average', 'omit'] as const;

/** A worker's registry of prom-client. */
class Worker {
  readonly registry = new Registry();
  readonly registers = [this.registry];
  readonly jobs = new Counter({ name: 'jobs_total', help: 'J.', labelNames: ['kind'], ...this });
  readonly sizes = new Histogram({ name: 'sizes', help: 'S.', buckets: [1, 5], ...this });
  readonly levels = AGGREGATORS.map(
    (aggregator) =>
      new Gauge({ name: `level_${aggregator}`, help: 'L.', aggregator, ...this } as never),
  );
  readonly times = new Summary({ name: 'times', help: 'T.', percentiles: [0.5], ...this });

  async told(): Promise<PromClientMetric[]> {
    const json = JSON.stringify(await this.registry.getMetricsAsJSON());
    return decodeSampled(JSON.parse(json)) as PromClientMetric[];
  }
}

const workers = [3, 7, 5].map((amount) => {
  const worker = new Worker();
  worker.jobs.inc({ kind: 'mail' }, amount);
  worker.jobs.inc({ kind: `only-${amount}` });
  worker.sizes.observe(amount);
  worker.times.observe(amount);
  for (const it of worker.levels) it.set(amount);
  return worker;
});

const valueOf = (metrics: readonly PromClientMetric[], name: string, label?: string) =>
  metrics
    .find((it) => it.name === name)
    ?.values.filter(({ labels }) => label === undefined || Object.values(labels).includes(label))
    .map(({ value }) => value);

describe('metrics of prom-client in several workers', () => {
  it('Metrics of prom-client in several workers are what its AggregatorRegistry makes of them', async () => {
    const aggregate = new SampledAggregate(false);
    for (const [i, it] of workers.entries()) aggregate.update(`w${i}`, await it.told());
    const merged = aggregate.merged();
    const json = await Promise.all(workers.map((it) => it.registry.getMetricsAsJSON()));
    const theirs = (await AggregatorRegistry.aggregate(json as never).getMetricsAsJSON()) as any[];
    expect(merged.map(({ name }) => name)).toEqual(theirs.map(({ name }) => name));
    for (const { name, values } of theirs) {
      if (name === 'times') continue;
      const own = merged.find((it) => it.name === name);
      expect(
        own?.values.map(({ value, labels }) => [value, JSON.stringify(labels)]).toSorted(),
      ).toEqual(values.map(({ value, labels }: any) => [value, JSON.stringify(labels)]).toSorted());
    }
    // A sum of quantiles says nothing.
    expect(valueOf(merged, 'times')).toEqual([7, 15, 3]);
  });

  it('Metrics of prom-client in several workers keep the counts of those that ended, and not their gauges', async () => {
    const aggregate = new SampledAggregate(false);
    for (const [i, it] of workers.entries()) aggregate.update(`w${i}`, await it.told());
    aggregate.leave('w0');
    aggregate.leave('w1');
    const merged = aggregate.merged();
    expect(valueOf(merged, 'jobs_total', 'mail')).toEqual([15]);
    expect(valueOf(merged, 'sizes', '+Inf')).toEqual([3]);
    expect(valueOf(merged, 'level_sum')).toEqual([5]);
    aggregate.leave('w2');
    expect(valueOf(aggregate.merged(), 'jobs_total', 'mail')).toEqual([15]);
    expect(valueOf(aggregate.merged(), 'level_sum')).toBeUndefined();
  });

  it('Metrics of prom-client in several workers keep what a worker counted before it reset its registry', async () => {
    const aggregate = new SampledAggregate(false);
    const worker = new Worker();
    worker.jobs.inc({ kind: 'mail' }, 4);
    aggregate.update('w', await worker.told());
    worker.registry.resetMetrics();
    worker.jobs.inc({ kind: 'mail' }, 1);
    aggregate.update('w', await worker.told());
    expect(valueOf(aggregate.merged(), 'jobs_total', 'mail')).toEqual([5]);
  });

  it('Metrics of prom-client in several workers of a process are the same in all of its threads', () => {
    const cpu = (value: number): PromClientMetric[] => [
      {
        name: 'process_cpu_seconds_total',
        help: 'C.',
        type: 'counter',
        aggregator: 'sum',
        values: [{ value, labels: {} }],
      },
    ];
    for (const [threads, expected] of [
      [true, 5],
      [false, 9],
    ] as const) {
      const aggregate = new SampledAggregate(threads);
      aggregate.update('a', cpu(4));
      aggregate.update('b', cpu(5));
      expect(valueOf(aggregate.merged(), 'process_cpu_seconds_total')).toEqual([expected]);
    }
  });
});

describe('an exemplar', () => {
  it('An exemplar of several processes is the newest one', () => {
    const aggregate = new SampledAggregate(false);
    for (const [i, timestamp] of [10, 30, 20].entries()) {
      const exemplar = { labelSet: { trace_id: String(i) }, value: 1, timestamp };
      const values = [
        { value: 1, labels: {}, exemplar },
        { value: 2, labels: { kind: 'a' } },
      ];
      const metric = { name: 'jobs_total', help: 'J.', type: 'counter', values };
      const received: unknown = JSON.parse(JSON.stringify([metric]));
      aggregate.update(String(i), decodeSampled(received) ?? []);
    }
    const [metric] = aggregate.merged();
    expect(metric?.values.map((it) => [it.value, it.exemplar?.labelSet])).toEqual([
      [3, { trace_id: '1' }],
      [6, undefined],
    ]);
  });
});
