import { describe, expect, it } from 'vitest';
import { SnapshotEncoder } from '../../../lib/metrics/aggregation/portable-snapshot.js';
import { SnapshotAggregate } from '../../../lib/metrics/aggregation/snapshot-aggregate.js';
import { SnapshotDecoder } from '../../../lib/metrics/aggregation/snapshot-decoder.js';
import type { CounterSeries } from '../../../lib/metrics/instruments/counter.js';
import type { OpenLabels, OpenMetric } from '../../../lib/metrics/instruments/open-metric.js';
import { snapshotDelta } from '../../../lib/metrics/snapshot/snapshot-delta.js';
import { labelNamesOf, type MetricSnapshot } from '../../../lib/metrics/snapshot/snapshot.js';
import { makeRegistry } from './registry-of-test.js';

const jobs = { name: 'jobs_total', type: 'counter', help: 'Jobs.' } as const;

function inc(metric: OpenMetric, labels: OpenLabels, amount = 1): boolean {
  const { series, isOwn } = metric.resolve(labels);
  (series as CounterSeries).inc(amount);
  return isOwn;
}

function valuesOf({ definition, blocks }: MetricSnapshot): Record<string, number> {
  return Object.fromEntries(
    blocks.flatMap((block) => {
      const names = labelNamesOf(definition, block);
      return block.labelSets.map((set, i) => [
        names.map((name, label) => `${name}=${set[label]}`).join(),
        block.values[i * block.stride] as number,
      ]);
    }),
  );
}

function openJobs(seriesLimit = 1000) {
  const made = makeRegistry(seriesLimit);
  return { ...made, metric: made.registry.open(jobs) };
}

describe('a metric whose series have different labels', () => {
  it('A metric without label names has a series for each set of labels, in any order of their names', () => {
    const { registry, metric } = openJobs();
    inc(metric, {});
    inc(metric, { queue: 'mail', tenant: 'a' }, 2);
    inc(metric, { tenant: 'a', queue: 'mail' }, 3);
    inc(metric, { queue: 'mail' }, 4);
    const [snapshot] = registry.snapshot().metrics;
    expect(valuesOf(snapshot!)).toEqual({ '': 1, 'queue=mail,tenant=a': 5, 'queue=mail': 4 });
    expect(metric.seriesCount).toBe(3);
  });

  it('A metric without label names folds beyond its limit, whatever the names of the labels', () => {
    const { metric, folded, registry } = openJobs(2);
    const own = [{ a: '1' }, { b: '1' }, { a: '2' }, { b: '2' }, { a: '1' }];
    expect(own.map((it) => inc(metric, it as OpenLabels))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(folded).toEqual(['jobs_total', 'jobs_total']);
    const values = { 'a=1': 2, 'a=__other__': 1, 'b=1': 1, 'b=__other__': 1 };
    expect(valuesOf(registry.snapshot().metrics[0]!)).toEqual(values);
  });

  it('A metric without label names has at most 65 sets of names, the last of which is the overflow', () => {
    const { metric, registry, folded } = openJobs();
    for (let i = 0; i < 100; i++) inc(metric, { [`name_${i}`]: 'x' });
    const { blocks } = registry.snapshot().metrics[0]!;
    expect(blocks).toHaveLength(65);
    expect(valuesOf(registry.snapshot().metrics[0]!)).toMatchObject({
      'otel_metric_overflow=true': 36,
    });
    expect(folded).toHaveLength(36);
  });

  it('The total limit of the application holds for a metric without label names', () => {
    const { registry } = makeRegistry(1000, { totalSeriesLimit: 3 });
    const metric = registry.open(jobs);
    for (let i = 0; i < 10; i++) inc(metric, { a: String(i) });
    expect(valuesOf(registry.snapshot().metrics[0]!)).toMatchObject({ 'a=2': 1, 'a=__other__': 7 });
    expect(registry.cardinality.budget.used).toBe(4);
  });

  it('The difference of two snapshots follows a series while others with new names appear', () => {
    const { registry, metric } = openJobs();
    inc(metric, { b: '1' }, 5);
    const before = registry.snapshot();
    inc(metric, { a: '1' }, 2);
    inc(metric, { b: '1' }, 1);
    const [delta] = snapshotDelta(registry.snapshot(), before).metrics;
    expect(valuesOf(delta!)).toEqual({ 'b=1': 1, 'a=1': 2 });
  });

  it('A removed series is told to exporters of differences with its label names', () => {
    const { registry, metric } = openJobs();
    const ended: unknown[] = [];
    registry.onSeriesEnd((definition, block) => ended.push([definition.name, block.labels]));
    inc(metric, { a: '1' });
    metric.remove({ a: '1' });
    expect(ended).toEqual([['jobs_total', ['a']]]);
    expect(metric.seriesCount).toBe(0);
  });

  it('A name that another metric exposes is refused', () => {
    const { registry } = openJobs();
    expect(() => registry.counter({ name: 'jobs_total', help: 'J.' })).toThrow('collide');
    registry.counter({ name: 'orders_total', help: 'O.' });
    expect(() => registry.open({ ...jobs, name: 'orders_total' })).toThrow('collide');
    expect(() => registry.open({ ...jobs, type: 'gauge' })).toThrow('type');
    expect(registry.open(jobs)).toBe(registry.find('jobs_total'));
  });
});

describe('metrics without label names of several processes', () => {
  function worker() {
    const { registry, metric } = openJobs();
    const encoder = new SnapshotEncoder();
    const decoder = new SnapshotDecoder();
    const told = () => {
      const message = encoder.encode(registry.snapshot(), decoder.seq);
      return decoder.decode(JSON.parse(JSON.stringify(message)))!;
    };
    return { metric, told };
  }

  it('Series of several processes are summed by names and values, and outlive a process', () => {
    const conflicts: Error[] = [];
    const aggregate = new SnapshotAggregate({
      threads: false,
      onConflict: (it) => conflicts.push(it),
    });
    const [one, other] = [worker(), worker()];
    aggregate.join('one');
    aggregate.join('other');
    inc(one.metric, { queue: 'mail' });
    inc(one.metric, { queue: 'mail', tenant: 'a' }, 2);
    inc(other.metric, { tenant: 'a', queue: 'mail' }, 3);
    inc(other.metric, { tenant: 'mail' }, 4);
    aggregate.update('one', one.told());
    aggregate.update('other', other.told());
    inc(one.metric, { shard: '7' }, 5);
    aggregate.update('one', one.told());
    const all = {
      'queue=mail': 1,
      'queue=mail,tenant=a': 5,
      'tenant=mail': 4,
      'shard=7': 5,
    };
    expect(valuesOf(aggregate.merged(1).metrics[0]!)).toEqual(all);
    aggregate.leave('one');
    expect(valuesOf(aggregate.merged(2).metrics[0]!)).toEqual(all);
    expect(conflicts).toEqual([]);
  });

  it('Label names that are no label names are refused by the receiver', () => {
    const { metric, told } = worker();
    inc(metric, { queue: 'mail' });
    expect(told().metrics).toHaveLength(1);
    const message = {
      seq: 1,
      base: 0,
      takenAtMs: 1,
      metrics: [
        {
          id: 1,
          definition: jobs,
          blocks: [{ labels: [['x']], names: ['a="} 1'], created: [0], bounds: [], values: [1] }],
        },
      ],
    };
    expect(() => new SnapshotDecoder().decode(message)).toThrow('label names');
  });
});
