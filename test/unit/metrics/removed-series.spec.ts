import { describe, expect, it } from 'vitest';
import type { AnyInstrument } from '../../../lib/metrics/instruments/any-instrument.js';
import { makeRegistry } from './registry-of-test.js';

function seriesOf(instrument: AnyInstrument): Record<string, number[]> {
  return Object.fromEntries(
    instrument
      .snapshot()
      .blocks.flatMap(({ labelSets, values, stride }) =>
        labelSets.map((labels, i) => [
          labels.join(),
          [...values.slice(i * stride, (i + 1) * stride)],
        ]),
      ),
  );
}

const definition = { name: 'shop_load', help: 'Load.', labels: ['n'] } as const;

describe('a series that is removed', () => {
  it('A series that is removed is absent, and the others are as they were', () => {
    const gauge = makeRegistry().registry.gauge(definition);
    for (const n of [1, 2, 3, 4, 5, 6]) gauge.labels({ n }).set(n);
    gauge.remove({ n: 2 });
    gauge.remove({ n: 6 });
    gauge.remove({ n: 7 });
    expect(seriesOf(gauge)).toEqual({ 1: [1], 3: [3], 4: [4], 5: [5] });
    expect(gauge.seriesCount).toBe(4);
    expect(gauge.sum()).toBe(13);
  });

  it('A series that is removed starts anew when it is asked for again, and what was resolved before records nothing', () => {
    const counter = makeRegistry().registry.counter({ ...definition, name: 'shop_loads_total' });
    const before = counter.labels({ n: 1 });
    before.inc(5);
    counter.remove({ n: 1 });
    before.inc(7);
    expect(seriesOf(counter)).toEqual({});
    counter.labels({ n: 2 }).inc(2);
    before.inc(9);
    expect(seriesOf(counter)).toEqual({ 2: [2] });
    counter.labels({ n: 1 }).inc();
    expect(seriesOf(counter)).toEqual({ 1: [1], 2: [2] });
  });

  it('A series that is removed of a histogram goes with all its numbers', () => {
    const histogram = makeRegistry().registry.histogram({ ...definition, buckets: [1, 2] });
    const [one, two] = [histogram.labels({ n: 1 }), histogram.labels({ n: 2 })];
    one.observe(1.5);
    two.observe(3);
    histogram.remove({ n: 1 });
    one.observe(1);
    expect(seriesOf(histogram)).toEqual({ 2: [0, 0, 1, 3] });
    histogram.labels({ n: 3 }).observe(0.5);
    expect(seriesOf(histogram)).toEqual({ 3: [1, 0, 0, 0.5], 2: [0, 0, 1, 3] });
  });

  it('A series that is removed makes room under the limit, and __other__ stays', () => {
    const { registry, folded } = makeRegistry();
    const gauge = registry.gauge({ ...definition, seriesLimit: 1 });
    gauge.labels({ n: 1 }).set(1);
    gauge.labels({ n: 2 }).set(2);
    gauge.remove({ n: 2 });
    gauge.remove({ n: '__other__' });
    expect(seriesOf(gauge)).toEqual({ 1: [1], __other__: [2] });
    gauge.remove({ n: 1 });
    gauge.labels({ n: 3 }).set(3);
    expect(seriesOf(gauge)).toEqual({ 3: [3], __other__: [2] });
    expect(folded).toHaveLength(1);
  });

  it('A series that is removed comes back to a metric without labels', () => {
    const gauge = makeRegistry().registry.gauge({ name: 'shop_load', help: 'Load.' });
    gauge.set(5);
    gauge.remove({});
    expect(seriesOf(gauge)).toEqual({});
    gauge.set(6);
    expect(seriesOf(gauge)).toEqual({ '': [6] });
  });

  it('A series that is removed is not in a snapshot that was taken after, and stays in one taken before', () => {
    const { registry } = makeRegistry();
    const gauge = registry.gauge(definition);
    gauge.labels({ n: 1 }).set(1);
    const before = registry.snapshot();
    gauge.remove({ n: 1 });
    gauge.labels({ n: 2 }).set(2);
    expect(before.metrics[0]?.blocks[0]).toMatchObject({ labelSets: [['1']] });
    expect([...(before.metrics[0]?.blocks[0]?.values ?? [])]).toEqual([1]);
  });
});
