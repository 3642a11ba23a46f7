import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetricDefinition } from '../../lib/metrics/definition/metric-definition.js';
import { lintMetrics } from '../../lib/metrics/definition/metric-lint.js';
import { makeRegistry } from '../unit/metrics/registry-of-test.js';
import { checkMetrics, promtool } from './promtool.js';
import { servedText } from './served-metrics.js';

const words = [
  ['orders', 'cart', 'total', 'count', 'sum', 'bucket', 'info', 'created', 'ratio', 'seconds'],
  ['bytes', 'ms', 's', 'kb', 'milliseconds', 'minutes', 'days', 'kelvins', 'bits', 'kilobytes'],
  ['gauge', 'counter', 'histogram', 'summary', 'byRegion', 'a:b', 'percent', 'Total', 'meters'],
].flat();

const definition: fc.Arbitrary<MetricDefinition> = fc.record({
  name: fc
    .array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 })
    .map((it) => `shop_${it.join('_')}`),
  type: fc.constantFrom('counter', 'gauge', 'histogram'),
  help: fc.constantFrom('', 'Words.'),
  labels: fc.uniqueArray(fc.constantFrom('region', 'le', 'quantile', 'itemType', 'user_id'), {
    maxLength: 2,
  }),
});

/** One sample of the metric, as the endpoint serves it; `undefined` for what cannot be registered. */
async function expose(metric: MetricDefinition): Promise<string | undefined> {
  const { registry } = makeRegistry();
  try {
    const labels = Object.fromEntries((metric.labels ?? []).map((it) => [it, '1']));
    registry.register(metric).labels(labels);
  } catch {
    return undefined;
  }
  return servedText(registry);
}

// Needs Debian's prometheus.
describe.skipIf(promtool === undefined)('the linter beside promtool', () => {
  it('The metric linter complains about every metric that promtool complains about', async () => {
    const samples = fc.sample(definition, { numRuns: 1500, seed: 1 });
    // Of different applications, so that no histogram takes the name of another metric.
    const metrics = samples.map((it, i) => ({ ...it, name: it.name.replace('shop', `shop${i}`) }));
    const exposed = await Promise.all(metrics.map(async (it) => [it, await expose(it)] as const));
    const possible = exposed.filter(([, text]) => text !== undefined);
    expect(possible.length).toBeGreaterThan(500);
    const said = checkMetrics(possible.map(([, text]) => text).join(''));
    const blamed = new Set(said.split('\n').map((line) => line.split(' ')[0]));
    const praised = possible
      .map(([metric]) => metric)
      .filter((it) => blamed.has(it.name) && lintMetrics([it]).length === 0);
    expect(praised).toEqual([]);
    expect(blamed.size).toBeGreaterThan(100);
  });

  it('The metric linter and promtool both accept good metrics', async () => {
    const good: MetricDefinition[] = [
      { name: 'shop_orders_total', type: 'counter', help: 'Orders.', labels: ['region'] },
      { name: 'shop_wait_seconds', type: 'histogram', help: 'Waiting.', unit: 'seconds' },
      { name: 'shop_target_info', type: 'gauge', help: 'Versions.', labels: ['version'] },
    ];
    expect(lintMetrics(good)).toEqual([]);
    const texts = await Promise.all(good.map((it) => expose(it)));
    expect(checkMetrics(texts.join(''))).toBe('');
  });
});
