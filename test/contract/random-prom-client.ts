import fc from 'fast-check';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { labelValue, NASTY } from './random-registry.js';

const LABELS = ['a', 'b', 'service'] as const;

const NAMES = [
  ...['shop_a', 'shop_a_total', 'shop_b_seconds', 'shop_d_sum', 'shop_e_'],
  ...['own_a', 'own_a_total', 'own_a_count', 'own_a_created', 'own_b', 'own_b_bucket', 'own:c'],
] as const;

// prom-client cuts nothing off.
const foreignLabelValue = labelValue.map((it) => it.slice(0, 1000));

/** A metric that an application defines by prom-client, and what it records there: labels may be left out. */
export const someForeignMetric = fc.record({
  name: fc.constantFrom(...NAMES),
  type: fc.constantFrom(
    'counter' as const,
    'gauge' as const,
    'histogram' as const,
    'summary' as const,
  ),
  help: fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', minLength: 1 })),
  quantile: fc.boolean(),
  records: fc.array(
    fc.record({
      labels: fc.record(
        { a: foreignLabelValue, b: fc.constantFrom('', 'x'), service: foreignLabelValue },
        { requiredKeys: [] },
      ),
      amount: fc.oneof(fc.double({ min: 0, max: 1e300, noNaN: true }), fc.nat()),
      special: fc.constantFrom(undefined, Number.NaN, Infinity, -Infinity, -0),
    }),
    { maxLength: 6 },
  ),
});

type ForeignMetric = typeof someForeignMetric extends fc.Arbitrary<infer T> ? T : never;

/** A registry of prom-client with these metrics; what prom-client refuses is left out. */
export function foreignRegistry(metrics: readonly ForeignMetric[], prefix = ''): Registry {
  const registry = new Registry();
  for (const it of metrics) {
    try {
      define({ ...it, name: `${prefix}${it.name}` as ForeignMetric['name'] }, registry);
    } catch {
      // What prom-client refuses is no metric.
    }
  }
  return registry;
}

function define({ name, type, help, records, quantile }: ForeignMetric, registry: Registry): void {
  const config = { name, help, labelNames: [...LABELS], registers: [registry] };
  switch (type) {
    case 'counter': {
      const counter = new Counter(config);
      for (const { labels, amount } of records) counter.inc(labels, amount);
      break;
    }
    case 'gauge': {
      const labelNames = [...LABELS, ...(quantile ? ['quantile'] : [])];
      const gauge = new Gauge<string>({ ...config, labelNames });
      for (const { labels, amount, special } of records) gauge.set(labels, special ?? amount);
      break;
    }
    case 'histogram': {
      const histogram = new Histogram({ ...config, buckets: [0.5, 1, 100] });
      for (const { labels, amount } of records) histogram.observe(labels, amount);
      break;
    }
    case 'summary': {
      const summary = new Summary({ ...config, percentiles: [0.5, 1] });
      for (const { labels, amount } of records) summary.observe(labels, amount);
    }
  }
}
