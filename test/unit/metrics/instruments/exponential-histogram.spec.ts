import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ExponentialHistogram,
  exponentialIndex,
} from '../../../../lib/metrics/instruments/exponential-histogram.js';
import {
  type ExponentialBuckets,
  exponentialDelta,
  type ExponentialSnapshot,
} from '../../../../lib/metrics/snapshot/exponential-snapshot.js';
import { makeRegistry } from '../registry-of-test.js';

const scales = Array.from({ length: 31 }, (_, i) => i - 10);
const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, min: -100, max: 100 }),
  fc.constantFrom(0, 1, 2, 0.5, Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** -1022),
);

function of(values: readonly number[]): ExponentialHistogram {
  const histogram = new ExponentialHistogram();
  for (const value of values) histogram.record(value, 1);
  return histogram;
}

const countIn = ({ counts }: ExponentialBuckets) => counts.reduce((sum, it) => sum + it, 0);
const countOf = (it: ExponentialSnapshot) =>
  it.zeroCount + countIn(it.positive) + countIn(it.negative);

function byIndex({ offset, counts }: ExponentialBuckets): Record<number, number> {
  return Object.fromEntries([...counts].map((it, i) => [offset + i, it]).filter(([, it]) => it));
}

/** By arithmetic alone, without a look at bits. */
function indexByLogarithm(value: number, scale: number): number {
  const normal = Math.max(value, 2 ** -1022);
  const rounded = Math.floor(Math.log2(normal));
  const exponent = 2 ** rounded > normal ? rounded - 1 : rounded;
  const part = normal / 2 ** exponent;
  // Upper bounds are inclusive.
  if (part === 1) return Math.ceil(exponent * 2 ** scale) - 1;
  const within = Math.min(Math.floor(Math.log2(part) * 2 ** scale), Math.max(2 ** scale, 1) - 1);
  return Math.floor(exponent * 2 ** Math.min(scale, 0)) * 2 ** Math.max(scale, 0) + within;
}

describe('the bucket of a value', () => {
  it('The bucket of a value ends with each power of two, at every scale', () => {
    for (let exponent = -1022; exponent <= 1023; exponent++) {
      const power = 2 ** exponent;
      for (const scale of scales) {
        // base ** (index + 1) === power, or the first bound above it.
        const upper = Math.ceil(exponent * 2 ** scale);
        expect(exponentialIndex(power, scale)).toBe(upper - 1);
      }
    }
  });

  it('The bucket of a value begins right above a power of two', () => {
    for (let exponent = -1021; exponent <= 1022; exponent++) {
      const above = 2 ** exponent * (1 + Number.EPSILON);
      const below = 2 ** exponent * (1 - Number.EPSILON / 2);
      for (const scale of [0, 1, 3, 20]) {
        expect(exponentialIndex(above, scale)).toBe(exponent * 2 ** scale);
        expect(exponentialIndex(below, scale)).toBe(exponent * 2 ** scale - 1);
      }
    }
  });

  it('The bucket of a value holds it, and consists of two buckets of the next finer scale', () => {
    const positive = fc.double({ noNaN: true, min: 2 ** -1000, max: 2 ** 1000 });
    fc.assert(
      fc.property(positive, fc.integer({ min: -10, max: 8 }), (value, scale) => {
        const index = exponentialIndex(value, scale);
        const nearly = 1 + 1e-9;
        expect(value).toBeGreaterThan(2 ** (index * 2 ** -scale) / nearly);
        expect(value).toBeLessThanOrEqual(2 ** ((index + 1) * 2 ** -scale) * nearly);
        expect(exponentialIndex(value, scale + 1) >> 1).toBe(index);
      }),
    );
  });

  it('The bucket of a value is the one that the logarithm gives, for any value at any scale', () => {
    const positive = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: Number.MIN_VALUE }),
      fc.double({ noNaN: true, min: 0.5, max: 8 }),
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    );
    fc.assert(
      fc.property(positive, fc.constantFrom(...scales), (value, scale) => {
        expect(exponentialIndex(value, scale)).toBe(indexByLogarithm(value, scale));
      }),
      { numRuns: 2000 },
    );
  });

  it('The bucket of a value is that of the smallest normal number for what is smaller', () => {
    expect(exponentialIndex(Number.MIN_VALUE, 0)).toBe(exponentialIndex(2 ** -1022, 0));
  });
});

describe('an exponential histogram', () => {
  it('An exponential histogram counts every value once, in at most 160 buckets on each side', () => {
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 300 }), (values) => {
        const snapshot = of(values).snapshot();
        expect(countOf(snapshot)).toBe(values.length);
        expect(snapshot.zeroCount).toBe(values.filter((it) => it === 0).length);
        expect(countIn(snapshot.negative)).toBe(values.filter((it) => it < 0).length);
        expect(snapshot.positive.counts.length).toBeLessThanOrEqual(160);
        expect(snapshot.negative.counts.length).toBeLessThanOrEqual(160);
        expect(snapshot.scale).toBeGreaterThanOrEqual(-10);
      }),
    );
  });

  it('An exponential histogram has the buckets that its scale gives the values, whatever came first', () => {
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 200 }), (values) => {
        const { scale, positive, negative } = of(values).snapshot();
        for (const [side, buckets] of [[1, positive] as const, [-1, negative] as const]) {
          const expected: Record<number, number> = {};
          for (const value of values) {
            if (value * side <= 0) continue;
            const index = exponentialIndex(value * side, 20) >> (20 - scale);
            expected[index] = (expected[index] ?? 0) + 1;
          }
          expect(byIndex(buckets)).toEqual(expected);
        }
        expect(of(values.toReversed()).snapshot()).toEqual(of(values).snapshot());
      }),
    );
  });

  it('An exponential histogram is as fine as 160 buckets allow', () => {
    expect(of([]).snapshot()).toMatchObject({ scale: 20, zeroCount: 0 });
    expect(of([1, 1]).snapshot()).toMatchObject({ scale: 20, positive: { offset: -1 } });
    expect(byIndex(of([1, 2, 4]).snapshot().positive)).toEqual({ [-1]: 1, 63: 1, 127: 1 });
    expect(of([1, 2, 4]).snapshot().scale).toBe(6);
    expect(of([Number.MIN_VALUE, Number.MAX_VALUE]).snapshot().scale).toBe(-4);
  });

  it('An exponential histogram is what a snapshot shows, and no later value changes that', () => {
    const histogram = of([1]);
    const before = histogram.snapshot();
    histogram.record(1000, 3);
    histogram.record(7, 0);
    expect(countOf(before)).toBe(1);
    expect(countOf(histogram.snapshot())).toBe(4);
  });
});

describe('the difference of two exponential histograms', () => {
  it('The difference of two exponential histograms holds what came in between, at the scale of the later one', () => {
    fc.assert(
      fc.property(fc.array(finite), fc.array(finite), (first, second) => {
        const histogram = of(first);
        const before = histogram.snapshot();
        for (const value of second) histogram.record(value, 1);
        const now = histogram.snapshot();
        const delta = exponentialDelta(now, before)!;
        expect(delta.scale).toBe(now.scale);
        expect(countOf(delta)).toBe(second.length);
        const indexes = second
          .filter((it) => it > 0)
          .map((it) => exponentialIndex(it, 20) >> (20 - now.scale));
        expect(Object.keys(byIndex(delta.positive)).toSorted()).toEqual(
          [...new Set(indexes.map(String))].toSorted(),
        );
      }),
    );
  });

  it('The difference of two exponential histograms is none when the later one does not continue the earlier one', () => {
    expect(exponentialDelta(of([1]).snapshot(), of([1, 4]).snapshot())).toBeUndefined();
    expect(exponentialDelta(of([1, 4]).snapshot(), of([1, 1, 4]).snapshot())).toBeUndefined();
    expect(exponentialDelta(of([]).snapshot(), of([0]).snapshot())).toBeUndefined();
  });
});

describe('a histogram of a registry', () => {
  it('A histogram of a registry keeps exponential buckets for all series when asked, and none otherwise', () => {
    for (const exponentialHistograms of [true, false]) {
      const { registry } = makeRegistry(100, { exponentialHistograms });
      const histogram = registry.histogram({ name: 'wait', help: 'W.', labels: ['k'] });
      for (const k of ['x', 'y', 'z']) histogram.labels({ k }).observe(k === 'y' ? 4 : 1);
      histogram.labels({ k: 'z' }).observe(Infinity);
      histogram.labels({ k: 'z' }).observeTimes(3, 0);
      histogram.remove({ k: 'x' });
      const [block] = histogram.snapshot().blocks;
      const counts = block?.exponential?.map((it) => [it.positive.offset, countOf(it)]);
      const expected = [
        [2 * 2 ** 20 - 1, 1],
        [-1, 1],
      ];
      expect(counts).toEqual(exponentialHistograms ? expected : undefined);
    }
  });
});
