import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statsd, type StatsdOptions } from '../../../../lib/exporters/statsd/index.js';
import {
  bucketValues,
  packDatagrams,
} from '../../../../lib/exporters/statsd/statsd-lines.format.js';
import { ConfigurationError } from '../../../../lib/index.js';

const BOUNDS = [0.1, 1, 10];

function observed(values: readonly number[]) {
  const counts = [...BOUNDS, Infinity].map(() => 0);
  for (const value of values) {
    const bucket = BOUNDS.findIndex((bound) => value <= bound);
    counts[bucket === -1 ? BOUNDS.length : bucket]! += 1;
  }
  return { bounds: BOUNDS, counts, sum: values.reduce((sum, it) => sum + it, 0) };
}

describe('the values that stand for buckets', () => {
  it('The values that stand for buckets are as many as there were observations, within their buckets, with the same sum', () => {
    const values = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, (them) => {
        const observations = observed(them);
        const points = bucketValues(observations);
        const total = points.reduce((sum, it) => sum + it.value * it.times, 0);
        expect(total).toBeCloseTo(observations.sum, 6);
        expect(points.reduce((sum, it) => sum + it.times, 0)).toBe(them.length);
        expect(observed(points.flatMap((it) => Array(it.times).fill(it.value))).counts.length).toBe(
          4,
        );
        for (const { value } of points) expect(value >= 0 && value <= 10).toBe(true);
      }),
    );
  });

  it('The values that stand for buckets put above the last bound what the others leave of the sum', () => {
    expect(bucketValues(observed([0.05, 20, 40]))).toEqual([
      { value: 0.05, times: 1 },
      { value: 30, times: 2 },
    ]);
  });

  it('The values that stand for buckets stay above the last bound whatever the sum', () => {
    const below = { bounds: [1], counts: [0, 2], sum: -5 };
    expect(bucketValues(below)).toEqual([{ value: 1, times: 2 }]);
    expect(bucketValues({ bounds: [], counts: [2], sum: 5 })).toEqual([{ value: 2.5, times: 2 }]);
  });
});

describe('datagrams', () => {
  const textOf = (datagrams: readonly Uint8Array[]) =>
    datagrams.map((it) => Buffer.from(it).toString());

  it('Datagrams hold every line whole and in order, and are no longer than they may be', () => {
    const lines = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }));
    fc.assert(
      fc.property(lines, fc.integer({ min: 10, max: 200 }), (them, maxBytes) => {
        const whole = them.map((it) => it.replaceAll('\n', '_'));
        const texts = textOf([...packDatagrams(whole, maxBytes)]);
        expect(texts.flatMap((it) => it.split('\n'))).toEqual(whole.map((it) => it.toWellFormed()));
        for (const text of texts)
          expect(Buffer.byteLength(text) <= maxBytes || !text.includes('\n')).toBe(true);
      }),
    );
  });

  it('Datagrams are none when there is nothing to send', () => {
    expect([...packDatagrams([], 100)]).toEqual([]);
  });

  it('Datagrams end exactly where they may', () => {
    expect(textOf([...packDatagrams(['aaaa', 'bbbbb', 'c'], 10)])).toEqual(['aaaa\nbbbbb', 'c']);
    expect(textOf([...packDatagrams(['aaaa', 'bbbbb', 'c'], 9)])).toEqual(['aaaa', 'bbbbb\nc']);
  });
});

describe('a bad option of statsd()', () => {
  it.each<[string, readonly unknown[]]>([
    ['name', ['', 'StatsD']],
    ['host', ['', 1]],
    ['port', [0, 65_536, '8125', 1.5]],
    ['socketPath', ['', 1]],
    ['send', ['x', {}]],
    ['dialect', ['telegraf']],
    ['prefix', ['', 1]],
    ['tags', [null, ['a'], { a: 1 }]],
    ['histograms', ['summary']],
    ['maxDatagramBytes', [63, 65_508]],
    ['intervalMs', [0]],
    ['timeoutMs', [0]],
    ['typo', [1]],
  ])('The bad option is refused: %s', (option, values) => {
    for (const value of values)
      expect(() => statsd({ [option]: value })).toThrow(`statsd.${option}`);
  });

  it.each<StatsdOptions>([
    { host: 'a', socketPath: '/b' },
    { port: 1, send: () => undefined },
    { socketPath: '/b', send: () => undefined },
  ])('A bad option of `statsd()` is a second target: %j', (options) => {
    expect(() => statsd(options)).toThrow(ConfigurationError);
  });
});
