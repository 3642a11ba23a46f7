import fc from 'fast-check';
import type { MetricRegistry } from '../../lib/metrics/registry.js';

/** Label values that have broken expositions. */
export const NASTY = [
  ...['"', '\\', '\n', '\\n', '\\"', '\u0000', '\r\n', '\ud800', '😀', '}', '{a="b"}', ' ', '#'],
  '# EOF',
];

export const labelValue = fc.oneof(
  fc.array(fc.constantFrom(...NASTY, 'a', 'b'), { maxLength: 6 }).map((it) => it.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('x'.repeat(1_000_000), '"'.repeat(300), '\\'.repeat(129)),
);
const amount = fc.oneof(
  fc.double({ min: 0, max: 1e300, noNaN: true }),
  fc.nat(),
  fc.constantFrom(0, 1, 9, 10, 99, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 2 ** 53 + 2, Number.MIN_VALUE),
);
const bounds = fc
  .uniqueArray(fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer()), {
    minLength: 1,
    maxLength: 6,
  })
  .map((it) => [...new Set(it.map((bound) => bound + 0))].toSorted((a, b) => a - b));

const NAMES = [
  ...['shop_a', 'shop_a_total', 'shop_a_created', 'shop_b_seconds', 'shop_b_seconds_total'],
  ...['shop_c', 'shop_c_count_total', 'shop_c_bucket', 'shop_c_info', 'shop_d_bytes', 'shop_d'],
  ...['shop_e_', 'shop:f', 'shop_a_total_total', 'shop_b_seconds_sum', 'shop_b_seconds_created'],
] as const;

const LABELS = ['a', 'b', 'quantile', '_c', 'A_1', 'le', 'service'] as const;

/** A metric, whatever its name and type make of it in a format. */
export const someMetric = fc.record({
  name: fc.constantFrom(...NAMES),
  type: fc.constantFrom('counter' as const, 'gauge' as const, 'histogram' as const),
  unit: fc.constantFrom(undefined, 'seconds', 'bytes', '', 'total', 'a b\n'),
  help: fc
    .oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' }))
    .map((it) => it.toWellFormed()),
  labels: fc.uniqueArray(fc.constantFrom(...LABELS), { maxLength: 3 }),
  buckets: bounds,
});

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPANS = [
  ...[1, 2, 3].map(() => ({ traceId: TRACE, spanId: 'b7ad6b7169203331' })),
  // What a tracer of the application's own might call a span: nothing of it may get out.
  { traceId: 'Spur-ä😀"\n', spanId: '\ud800' },
  { traceId: TRACE, spanId: 'x'.repeat(200) },
  { traceId: TRACE.repeat(4), spanId: 'b7ad6b7169203331' },
  { traceId: '', spanId: '' },
];

/** What is done to one of the metrics between two scrapes. */
export const someChange = fc.record({
  metric: fc.nat(),
  act: fc.constantFrom('record', 'record', 'record', 'remove', 'look up', 'exemplify'),
  labels: fc.array(labelValue, { minLength: 3, maxLength: 3 }),
  amount,
  span: fc.constantFrom(...SPANS),
});

/** Global labels. */
export const someGlobalLabels = fc.record(
  { service: labelValue, a: labelValue },
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, string>>;

type Metric = typeof someMetric extends fc.Arbitrary<infer T> ? T : never;
type Change = typeof someChange extends fc.Arbitrary<infer T> ? T : never;

/** Registers what can be registered; names that collide are refused by the registry. */
export function registerAll(registry: MetricRegistry, metrics: readonly Metric[]): void {
  for (const { unit, ...metric } of metrics) {
    try {
      registry.register({ ...metric, ...(unit !== undefined && { unit }) });
    } catch {
      // A metric that cannot be registered is none.
    }
  }
}

/** Does what a change says. */
export function apply(
  registry: MetricRegistry,
  { metric, act, labels, amount: by, span }: Change,
): void {
  const instruments = registry.list();
  const instrument = instruments[metric % Math.max(1, instruments.length)];
  if (instrument === undefined) return;
  const names = instrument.definition.labels ?? [];
  const values = Object.fromEntries(names.map((it, i) => [it, labels[i] ?? '']));
  if (act === 'remove') return instrument.remove(values);
  const series = instrument.labels(values);
  if (act === 'look up') return;
  if ('observe' in series) {
    series.observe(by);
    if (act === 'exemplify') series.exemplify(by, span);
  } else series.inc(by);
}
