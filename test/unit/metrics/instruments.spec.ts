import { describe, expect, it } from 'vitest';
import type { MetricSnapshot } from '../../../lib/metrics/snapshot/snapshot.js';
import { makeRegistry } from './registry-of-test.js';

const help = 'A metric of a test.';

/** Numbers by label values. */
function numbers({ blocks }: MetricSnapshot): Record<string, number[]> {
  return Object.fromEntries(
    blocks.flatMap(({ labelSets, values, stride }) =>
      labelSets.map((labels, i) => [
        labels.join('|'),
        [...values.slice(i * stride, (i + 1) * stride)],
      ]),
    ),
  );
}

describe('a counter', () => {
  it('A counter without labels is 0 from the start and adds up', () => {
    const counter = makeRegistry().registry.counter({ name: 'a_total', help });
    expect(numbers(counter.snapshot())).toEqual({ '': [0] });
    counter.inc();
    counter.inc(2.5);
    counter.inc(0);
    expect(numbers(counter.snapshot())).toEqual({ '': [3.5] });
    expect(counter.sum()).toBe(3.5);
  });

  it('A counter keeps a series per label set, the same one for the same values', () => {
    const counter = makeRegistry().registry.counter({ name: 'a_total', help, labels: ['x', 'y'] });
    const series = counter.labels({ x: '1', y: 'a' });
    expect(counter.labels({ y: 'a', x: 1 })).toBe(series);
    series.inc();
    counter.labels({ x: 2, y: true }).inc(5);
    expect(numbers(counter.snapshot())).toEqual({ '1|a': [1], '2|true': [5] });
    expect(counter.seriesCount).toBe(2);
  });

  it.each([-1, Number.NaN, Infinity, -Infinity])(
    'A counter refuses %d and counts that',
    (amount) => {
      const { registry, refused, logged } = makeRegistry();
      const counter = registry.counter({ name: 'a_total', help });
      counter.inc(1);
      counter.inc(amount);
      expect(counter.sum()).toBe(1);
      expect(refused).toEqual(['metrics']);
      expect(logged[0]).toContain(`a_total: a counter increments by 0 or more`);
    },
  );

  it('A counter that would overflow keeps what it has, and counts that', () => {
    const { registry, refused } = makeRegistry();
    const counter = registry.counter({ name: 'a_total', help });
    counter.inc(Number.MAX_VALUE);
    counter.inc(Number.MAX_VALUE);
    counter.inc();
    expect(counter.sum()).toBe(Number.MAX_VALUE);
    expect(refused).toEqual(['metrics']);
  });

  it('A counter grows beyond the first series without losing one', () => {
    const counter = makeRegistry().registry.counter({ name: 'a_total', help, labels: ['x'] });
    const series = Array.from({ length: 100 }, (_, x) => counter.labels({ x }));
    series.forEach((it, x) => it.inc(x));
    series.forEach((it) => it.inc());
    const expected = series.map((_, x) => [String(x), [x + 1]]);
    expect(numbers(counter.snapshot())).toEqual(Object.fromEntries(expected));
  });
});

describe('a gauge', () => {
  it('A gauge is set, raised and lowered', () => {
    const gauge = makeRegistry().registry.gauge({ name: 'a', help });
    gauge.set(5);
    gauge.inc();
    gauge.inc(2);
    gauge.dec();
    gauge.dec(10);
    expect(numbers(gauge.snapshot())).toEqual({ '': [-3] });
    expect(gauge.sum()).toBe(-3);
  });

  it.each([Number.NaN, Infinity, -Infinity])('A gauge refuses %d and counts that', (value) => {
    const { registry, refused } = makeRegistry();
    const gauge = registry.gauge({ name: 'a', help });
    gauge.set(1);
    gauge.set(value);
    gauge.inc(value);
    gauge.dec(value);
    expect(gauge.sum()).toBe(1);
    expect(refused).toEqual(['metrics', 'metrics', 'metrics']);
  });

  it('A gauge that would overflow keeps what it has, and counts that', () => {
    const { registry, refused } = makeRegistry();
    const gauge = registry.gauge({ name: 'a', help });
    gauge.set(Number.MAX_VALUE);
    gauge.inc(Number.MAX_VALUE);
    expect(gauge.sum()).toBe(Number.MAX_VALUE);
    gauge.set(-Number.MAX_VALUE);
    gauge.dec(Number.MAX_VALUE);
    gauge.inc(Number.MAX_VALUE);
    expect(gauge.sum()).toBe(0);
    expect(refused).toEqual(['metrics', 'metrics']);
  });
});

describe('a gauge of which the last value counts', () => {
  it('A gauge of which the last value counts keeps when each of its series was set', () => {
    const { registry, clock } = makeRegistry();
    const gauge = registry.gauge({ name: 'a', help, labels: ['x'], aggregation: 'last' });
    gauge.labels({ x: '1' }).set(1);
    clock.advance(5);
    gauge.labels({ x: '2' }).set(1);
    const times = [...(gauge.snapshot().blocks[0]?.updatedAtMs ?? [])];
    expect(times).toEqual([clock.wallMs() - 5, clock.wallMs()]);
  });
});

describe('a histogram', () => {
  it('A histogram shows its bounds before it has a series, and before the bounds of a series', () => {
    const boundsOf = ({ blocks }: MetricSnapshot) => blocks.map(({ bounds }) => bounds);
    const { registry } = makeRegistry();
    const histogram = registry.histogram({ name: 'a', help, labels: ['x'], buckets: [1, 2] });
    expect(boundsOf(histogram.snapshot())).toEqual([[1, 2]]);
    const other = registry.histogram({ name: 'b', help, labels: ['x'], buckets: [1, 2] });
    other.labelsWithBounds({ x: '1' }, [3]);
    expect(boundsOf(other.snapshot())).toEqual([[1, 2], [3]]);
  });

  it('A histogram counts a value in the first bucket that is not below it, and adds it to the sum', () => {
    const histogram = makeRegistry().registry.histogram({ name: 'a', help, buckets: [1, 2, 5] });
    for (const value of [0.5, 1, 1.5, 2, 5, 5.01, 100, -3]) histogram.observe(value);
    expect(numbers(histogram.snapshot())).toEqual({ '': [3, 2, 1, 2, 112.01] });
  });

  it('A histogram has buckets from 1 ms to 10 s when none are given', () => {
    const histogram = makeRegistry().registry.histogram({ name: 'a_seconds', help });
    const [block] = histogram.snapshot().blocks;
    expect(block?.bounds).toEqual([
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]);
    expect(block?.stride).toBe(15);
  });

  it('A series of a histogram begins with its first value and was created when it was resolved', () => {
    const { registry, clock } = makeRegistry();
    const histogram = registry.histogram({ name: 'a', help, labels: ['x'], buckets: [1] });
    const series = histogram.labels({ x: '1' });
    const createdAtMs = clock.wallMs();
    series.observe(Number.NaN);
    series.observe(Infinity);
    expect(numbers(histogram.snapshot())).toEqual({});
    clock.advance(60_000);
    series.observe(0.5);
    const snapshot = histogram.snapshot();
    expect(numbers(snapshot)).toEqual({ '1': [1, 0, 0.5] });
    expect([...snapshot.blocks[0]!.createdAtMs]).toEqual([createdAtMs]);
  });

  it('A series of a histogram that was removed before its first value stays away', () => {
    const histogram = makeRegistry().registry.histogram({ name: 'a', help, labels: ['x'] });
    const series = histogram.labels({ x: '1' });
    histogram.remove({ x: '1' });
    series.observe(1);
    series.observe(2);
    expect(numbers(histogram.snapshot())).toEqual({});
  });

  it('A histogram without labels has no series before its first value', () => {
    const histogram = makeRegistry().registry.histogram({ name: 'a', help, buckets: [1] });
    expect(numbers(histogram.snapshot())).toEqual({});
    histogram.observe(0.5);
    expect(numbers(histogram.snapshot())).toEqual({ '': [1, 0, 0.5] });
  });

  it.each([Number.NaN, Infinity, -Infinity])('A histogram refuses %d and counts that', (value) => {
    const { registry, refused } = makeRegistry();
    const histogram = registry.histogram({ name: 'a', help, buckets: [1] });
    histogram.observe(0.5);
    histogram.observe(value);
    expect(numbers(histogram.snapshot())).toEqual({ '': [1, 0, 0.5] });
    expect(refused).toEqual(['metrics']);
  });

  it('A histogram whose sum would overflow counts neither the value nor its sum', () => {
    const { registry, refused } = makeRegistry();
    const histogram = registry.histogram({ name: 'a', help, buckets: [1] });
    histogram.observe(Number.MAX_VALUE);
    histogram.observe(Number.MAX_VALUE);
    expect(numbers(histogram.snapshot())).toEqual({ '': [0, 1, Number.MAX_VALUE] });
    expect(refused).toEqual(['metrics']);
  });

  it('A histogram keeps the bounds that a series was made with', () => {
    const { registry } = makeRegistry();
    const histogram = registry.histogram({ name: 'a', help, labels: ['x'], buckets: [1] });
    histogram.labelsWithBounds({ x: 'own' }, [10, 20]).observe(15);
    histogram.labelsWithBounds({ x: 'own' }, [7]).observe(15);
    histogram.labels({ x: 'usual' }).observe(15);
    expect(histogram.snapshot().blocks.map(({ bounds }) => bounds)).toEqual([[1], [10, 20], [7]]);
    expect(numbers(histogram.snapshot())).toEqual({ own: [0, 2, 0, 30], usual: [0, 1, 15] });
  });
});

describe('labels', () => {
  it('Metric labels are told apart whatever their values contain', () => {
    const counter = makeRegistry().registry.counter({ name: 'a_total', help, labels: ['a', 'b'] });
    const tricky = [
      ['x,b:y', ''],
      ['x', 'y'],
      ['1:x', '1'],
      ['', '1:x1'],
      ['1', ':x'],
      ['a\u0000b', ''],
      ['a', '\u0000b'],
      ['"', '\\'],
      ['\\', '"'],
    ] as const;
    for (const [a, b] of tricky) counter.labels({ a, b }).inc();
    expect(counter.seriesCount).toBe(tricky.length);
    for (const { 0: value } of Object.values(numbers(counter.snapshot()))) expect(value).toBe(1);
  });

  it('Metric labels unknown to the metric are left out and counted; missing ones are empty', () => {
    const { registry, refused } = makeRegistry();
    const counter = registry.counter({ name: 'a_total', help, labels: ['a', 'b'] });
    counter.labels({ a: '1', c: '2' } as never).inc();
    expect(numbers(counter.snapshot())).toEqual({ '1|': [1] });
    expect(refused).toEqual(['metrics']);
  });

  it('Metric labels whose value cannot be text are empty and counted', () => {
    const { registry, refused } = makeRegistry();
    const counter = registry.counter({ name: 'a_total', help, labels: ['a'] });
    const hostile = {
      toString() {
        throw new Error('no text');
      },
    };
    counter.labels({ a: hostile } as never).inc();
    expect(numbers(counter.snapshot())).toEqual({ '': [1] });
    expect(refused).toEqual(['labels']);
  });

  it('Metric labels of 1 MB are cut to 128 characters', () => {
    const counter = makeRegistry().registry.counter({ name: 'a_total', help, labels: ['a'] });
    counter.labels({ a: 'x'.repeat(1_000_000) }).inc();
    expect(Object.keys(numbers(counter.snapshot()))).toEqual(['x'.repeat(128)]);
  });
});

describe('the series limit', () => {
  it('The series limit sends what comes after to __other__ and counts each look-up', () => {
    const { registry, folded } = makeRegistry(3);
    const counter = registry.counter({ name: 'a_total', help, labels: ['x', 'y'] });
    for (let x = 0; x < 10; x++) counter.labels({ x, y: 'y' }).inc();
    counter.labels({ x: 0, y: 'y' }).inc();
    expect(numbers(counter.snapshot())).toEqual({
      '0|y': [2],
      '1|y': [1],
      '2|y': [1],
      '__other__|__other__': [7],
    });
    expect(counter.seriesCount).toBe(4);
    expect(folded).toEqual(Array(7).fill('a_total'));
  });

  it('The series limit of a metric comes before that of the registry', () => {
    const { registry } = makeRegistry(1);
    const counter = registry.counter({ name: 'a_total', help, labels: ['x'], seriesLimit: 2 });
    for (let x = 0; x < 5; x++) counter.labels({ x }).inc();
    expect(Object.keys(numbers(counter.snapshot()))).toEqual(['0', '1', '__other__']);
  });

  it('The series limit counts per metric', () => {
    const { registry } = makeRegistry(2);
    const [a, b] = ['a_total', 'b_total'].map((name) =>
      registry.counter({ name, help, labels: ['x'] }),
    );
    for (let x = 0; x < 2; x++) a?.labels({ x }).inc();
    b?.labels({ x: 1 }).inc();
    expect([a?.seriesCount, b?.seriesCount]).toEqual([2, 1]);
  });

  it.each([
    ['before', 0],
    ['after', 5],
  ])(
    'The series limit has one series __other__ also when it is asked for by name %s folding',
    (_when, after) => {
      const { registry } = makeRegistry(2);
      const counter = registry.counter({ name: 'a_total', help, labels: ['x'] });
      for (let x = 0; x < after; x++) counter.labels({ x }).inc();
      counter.labels({ x: '__other__' }).inc(100);
      for (let x = after; x < 5; x++) counter.labels({ x }).inc();
      expect(numbers(counter.snapshot())).toEqual({ '0': [1], '1': [1], __other__: [103] });
      expect(counter.seriesCount).toBe(3);
    },
  );
});
