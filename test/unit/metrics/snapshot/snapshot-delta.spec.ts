import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshotDelta } from '../../../../lib/metrics/snapshot/snapshot-delta.js';
import type { RegistrySnapshot } from '../../../../lib/metrics/snapshot/snapshot.js';
import { makeRegistry } from '../registry-of-test.js';

function valuesOf({ metrics }: RegistrySnapshot): Record<string, number[]> {
  return Object.fromEntries(
    metrics.flatMap(({ definition, blocks }) =>
      blocks.flatMap(({ labelSets, values, stride }) =>
        labelSets.map((labels, i) => [
          `${definition.name} ${labels.join()}`.trim(),
          [...values.slice(i * stride, (i + 1) * stride)],
        ]),
      ),
    ),
  );
}

function makeMetrics() {
  const { registry, clock } = makeRegistry();
  const counter = registry.counter({ name: 'a_total', help: 'A.', labels: ['k'] });
  const gauge = registry.gauge({ name: 'b', help: 'B.', labels: ['k'] });
  const histogram = registry.histogram({ name: 'c', help: 'C.', labels: ['k'], buckets: [1, 2] });
  return { registry, clock, counter, gauge, histogram };
}

describe('the difference of two snapshots', () => {
  it('The difference of two snapshots is the snapshot itself when there was none before', () => {
    const { registry } = makeMetrics();
    const snapshot = registry.snapshot();
    expect(snapshotDelta(snapshot, undefined)).toBe(snapshot);
  });

  it('The difference of two snapshots has what was counted in between, and gauges as they are', () => {
    const { registry, counter, gauge, histogram } = makeMetrics();
    counter.labels({ k: 'x' }).inc(3);
    gauge.labels({ k: 'x' }).set(7);
    histogram.labels({ k: 'x' }).observe(0.5);
    const before = registry.snapshot();
    counter.labels({ k: 'x' }).inc(2);
    counter.labels({ k: 'y' }).inc(1);
    gauge.labels({ k: 'x' }).set(6);
    histogram.labels({ k: 'x' }).observe(1.5);
    histogram.labels({ k: 'x' }).observe(9);
    const after = registry.snapshot();
    expect(valuesOf(snapshotDelta(after, before))).toEqual({
      'a_total x': [2],
      'a_total y': [1],
      'b x': [6],
      'c x': [0, 1, 1, 10.5],
    });
    expect(valuesOf(after)).toMatchObject({ 'a_total x': [5], 'c x': [1, 1, 1, 11] });
  });

  it('The difference of two snapshots finds series that have moved because others were removed', () => {
    const { registry, counter } = makeMetrics();
    for (const k of ['x', 'y', 'z']) counter.labels({ k }).inc(5);
    const before = registry.snapshot();
    counter.remove({ k: 'x' });
    counter.labels({ k: 'z' }).inc(2);
    const delta = valuesOf(snapshotDelta(registry.snapshot(), before));
    expect(delta).toEqual({ 'a_total y': [0], 'a_total z': [2] });
  });

  it('The difference of two snapshots has all of a series that began anew', () => {
    const { registry, counter } = makeMetrics();
    counter.labels({ k: 'x' }).inc(5);
    const before = registry.snapshot();
    counter.remove({ k: 'x' });
    counter.labels({ k: 'x' }).inc(2);
    expect(valuesOf(snapshotDelta(registry.snapshot(), before))).toEqual({ 'a_total x': [2] });
  });

  it('The difference of two snapshots adds up to the last snapshot, whatever is counted when', () => {
    const steps = fc.array(fc.array(fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.nat(100))));
    fc.assert(
      fc.property(steps, (rounds) => {
        const { registry, counter } = makeMetrics();
        const total: Record<string, number> = {};
        let before: RegistrySnapshot | undefined;
        for (const round of rounds) {
          for (const [k, amount] of round) counter.labels({ k }).inc(amount);
          const now = registry.snapshot();
          for (const [series, [value = 0]] of Object.entries(valuesOf(snapshotDelta(now, before))))
            total[series] = (total[series] ?? 0) + value;
          before = now;
        }
        const last = before === undefined ? {} : valuesOf(before);
        expect(total).toEqual(
          Object.fromEntries(Object.entries(last).map(([key, [value]]) => [key, value])),
        );
      }),
    );
  });
});
