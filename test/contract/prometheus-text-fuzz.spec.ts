import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toLabelValue } from '../../lib/kernel/label.js';
import { makeRegistry } from '../unit/metrics/registry-of-test.js';
import { fuzzRuns } from './fuzz-runs.js';
import { checkMetrics, promtool } from './promtool.js';
import { servedText } from './served-metrics.js';
import { type ParsedSample, parseTextFormat, sampleOf } from './text-format.js';

const NASTY = [
  '"',
  '\\',
  '\n',
  '\\n',
  '\\"',
  '\u0000',
  '\r\n',
  '\ud800',
  '😀',
  '}',
  '{a="b"}',
  ' ',
  '#',
];

const labelValue = fc.oneof(
  fc.array(fc.constantFrom(...NASTY, 'a', 'b'), { maxLength: 6 }).map((it) => it.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('x'.repeat(1_000_000), '"'.repeat(300), '\\'.repeat(129)),
);
const amount = fc.oneof(
  fc.double({ min: 0, max: 1e300, noNaN: true }),
  fc.integer({ min: 0 }),
  fc.constantFrom(2 ** 53, 2 ** 53 + 2, 2 ** 60, Number.MIN_VALUE, 0),
);
const value = fc.double({ min: -1e300, max: 1e300, noNaN: true });
const bounds = fc
  .uniqueArray(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 6 })
  .map((it) => it.map((bound) => bound + 0).toSorted((a, b) => a - b))
  .filter((it) => new Set(it).size === it.length);

const metric = fc.record({
  type: fc.constantFrom('counter', 'gauge', 'histogram'),
  help: fc
    .oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' }))
    .map((it) => it.toWellFormed()),
  labels: fc.uniqueArray(fc.constantFrom('a', 'b', 'A_1', '_c'), { maxLength: 3 }),
  buckets: bounds,
  series: fc.array(
    fc.record({ labels: fc.array(labelValue, { minLength: 3, maxLength: 3 }), amount, value }),
    { maxLength: 5 },
  ),
});

const globalLabels = fc.record(
  { service: labelValue, a: labelValue },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, string>>;

/** What a reader must find: an empty label is the same as none, one of a metric comes before the global one. */
function expectedLabels(
  names: readonly string[],
  values: readonly string[],
  global: Readonly<Record<string, string>>,
): Record<string, string> {
  const own = Object.fromEntries(names.map((name, i) => [name, toLabelValue(values[i])]));
  const all = Object.entries({ ...global, ...own });
  return Object.fromEntries(all.filter(([, text]) => text !== ''));
}

const keyOf = ({ name, labels }: Omit<ParsedSample, 'value'>) =>
  JSON.stringify([name, Object.entries(labels).toSorted()]);

describe('the text format', () => {
  it('The text format gives back every value to an independent reader', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(metric, { maxLength: 4 }),
        globalLabels,
        async (metrics, labels) => {
          const global = Object.fromEntries(
            Object.entries(labels).map(([name, text]) => [name, toLabelValue(text)]),
          );
          const { registry } = makeRegistry();
          const expected = new Map<string, number>();
          const add = (name: string, own: Record<string, string>, by: number) => {
            const key = keyOf({ name, labels: own });
            expected.set(key, (expected.get(key) ?? 0) + by);
          };
          metrics.forEach(({ type, help, labels: names, buckets, series }, i) => {
            const name = `m${i}_${type}`;
            const definition = { name, help, labels: names as readonly string[] };
            const record = {
              counter: (own: Record<string, string>, it: (typeof series)[number]) => {
                registry.counter(definition).labels(own).inc(it.amount);
                return [[name, {}, it.amount] as const];
              },
              gauge: (own: Record<string, string>, it: (typeof series)[number]) => {
                registry.gauge(definition).labels(own).inc(it.value);
                return [[name, {}, it.value] as const];
              },
              histogram: (own: Record<string, string>, it: (typeof series)[number]) => {
                registry
                  .histogram({ ...definition, buckets })
                  .labels(own)
                  .observe(it.value);
                const cumulative = [...buckets, Infinity].map((bound) => {
                  const le = bound === Infinity ? '+Inf' : String(bound);
                  return [`${name}_bucket`, { le }, it.value <= bound ? 1 : 0] as const;
                });
                return [
                  ...cumulative,
                  [`${name}_sum`, {}, it.value] as const,
                  [`${name}_count`, {}, 1] as const,
                ];
              },
            }[type];
            const rows = names.length === 0 ? series.slice(0, 1) : series;
            for (const it of rows) {
              const own = Object.fromEntries(
                names.map((label, at) => [label, it.labels[at] ?? '']),
              );
              const read = expectedLabels(names, it.labels, global);
              for (const [sample, more, by] of record(own, it))
                add(sample, { ...read, ...more }, by);
            }
          });
          const families = parseTextFormat(await servedText(registry, { globalLabels: global }));
          const samples = [...families.values()].flatMap((it) => it.samples);
          const parsed = new Map(samples.map((it) => [keyOf(it), it.value]));
          expect(Object.fromEntries(parsed)).toEqual(Object.fromEntries(expected));
          for (const [name, { help, type }] of families) {
            const definition = registry.get(name)?.definition;
            expect([help, type]).toEqual([definition?.help, definition?.type]);
          }
        },
      ),
      { numRuns: fuzzRuns(300) },
    );
  });

  it('The text format shows a counter above 2^53 exactly', async () => {
    const { registry } = makeRegistry();
    registry.counter({ name: 'a_total', help: 'Big.' }).inc(2 ** 53 + 2);
    expect(sampleOf(await servedText(registry), 'a_total')).toBe(2 ** 53 + 2);
  });

  it('The text format is empty for an empty registry', async () => {
    const globalLabels = { service: 'shop' };
    expect(await servedText(makeRegistry().registry, { globalLabels })).toBe('');
  });

  // Needs Debian's prometheus.
  it.skipIf(promtool === undefined)(
    'The text format is accepted by promtool with the nastiest label values',
    async () => {
      const { registry } = makeRegistry();
      const counter = registry.counter({ name: 'a_total', help: 'Nasty.', labels: ['a'] });
      for (const nasty of NASTY) counter.labels({ a: nasty }).inc();
      const globalLabels = { service: NASTY.join('').toWellFormed() };
      const text = await servedText(registry, { globalLabels });
      expect(checkMetrics(text)).toBe('');
    },
  );
});
