import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../../lib/metrics/catalogue/catalogue.js';
import type { MetricDefinition } from '../../../../lib/metrics/definition/metric-definition.js';
import { fatalProblems, lintMetrics } from '../../../../lib/metrics/definition/metric-lint.js';

const good: MetricDefinition = { name: 'shop_orders_total', type: 'counter', help: 'Orders.' };
const gauge = (name: string, more: Partial<MetricDefinition> = {}): MetricDefinition => ({
  name,
  type: 'gauge',
  help: 'A gauge.',
  ...more,
});

describe('the catalogue', () => {
  const metrics = catalogue.flatMap((domain) => domain.metrics);

  it('The catalogue breaks no rule', () => {
    expect(lintMetrics(metrics)).toEqual([]);
  });

  it('The catalogue has each name once', () => {
    expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
  });

  it.each(metrics.map((it) => [it.name, it] as const))(
    'The catalogue metric %s reads well',
    (name, metric) => {
      expect(name).toMatch(/^eventcore_/);
      expect(metric.help).toMatch(/^[A-Z].*[.]$/);
      const endsInUnit = /_(seconds|bytes|ratio)(?:_total)?$/.exec(name)?.[1];
      expect(metric.unit).toBe(endsInUnit);
    },
  );

  it('The catalogue has equal labels on both sides of the ratios that are read most', () => {
    const labelsOf = (name: string) => metrics.find((it) => it.name === name)?.labels;
    for (const [part, whole] of [
      ['eventcore_command_errors_total', 'eventcore_commands_total'],
      ['eventcore_commands_rejected_total', 'eventcore_commands_total'],
      ['eventcore_commands_succeeded_total', 'eventcore_commands_total'],
      ['eventcore_query_errors_total', 'eventcore_queries_total'],
      ['eventcore_projection_errors_total', 'eventcore_projection_retries_total'],
    ] as const)
      expect(labelsOf(part)).toEqual(labelsOf(whole));
  });
});

describe('the linter', () => {
  it('The linter has nothing to say about a good metric', () => {
    expect(lintMetrics([good, gauge('shop_target_info'), gauge('shop_cart_bytes')])).toEqual([]);
  });

  it.each<[string, MetricDefinition, string]>([
    ['metric-name', gauge('shop-cart'), 'a metric name matches [a-zA-Z_:][a-zA-Z0-9_:]*'],
    [
      'label-name',
      gauge('shop_cart', { labels: ['a-b'] }),
      'a label name must match [a-zA-Z_][a-zA-Z0-9_]*',
    ],
    ['label-unique', gauge('shop_cart', { labels: ['a', 'a'] }), 'label names are unique'],
    ['counter-total', { ...good, name: 'shop_orders' }, 'the name of a counter ends in _total'],
    ['no-total', gauge('shop_orders_total'), 'only counters end in _total'],
    [
      'reserved-suffix',
      gauge('shop_orders_count'),
      'the suffix _count is reserved for the exposition format',
    ],
    [
      'reserved-suffix',
      { ...good, type: 'histogram', name: 'shop_info' },
      'the suffix _info is reserved for the exposition format',
    ],
    ['snake-case', gauge('shopCart'), 'names are lower case with single underscores, not shopCart'],
    [
      'snake-case',
      gauge('shop:cart'),
      'names are lower case with single underscores, not shop:cart',
    ],
    [
      'snake-case',
      gauge('shop_cart', { labels: ['itemType'] }),
      'names are lower case with single underscores, not itemType',
    ],
    ['base-unit', gauge('shop_wait_ms'), 'use the base unit seconds, not ms'],
    ['base-unit', gauge('shop_wait_milliseconds'), 'use the base unit seconds, not milliseconds'],
    ['base-unit', gauge('shop_disk_gigabytes'), 'use the base unit bytes, not gigabytes'],
    ['base-unit', gauge('shop_load_percent'), 'use the base unit ratio, not percent'],
    ['unit-suffix', gauge('shop_wait', { unit: 'seconds' }), 'the name ends in its unit, _seconds'],
    ['type-in-name', gauge('shop_cart_gauge'), 'the name does not contain the metric type gauge'],
    [
      'label-in-name',
      gauge('shop_cart_by_region', { labels: ['region'] }),
      'the name repeats its label region',
    ],
    [
      'label-cardinality',
      gauge('shop_cart', { labels: ['user_id'] }),
      'the label user_id has unbounded values',
    ],
    [
      'label-of-exposition',
      { ...good, labels: ['quantile'] },
      'the label quantile is reserved for histograms and summaries',
    ],
    ['help', gauge('shop_cart', { help: ' ' }), 'a metric has a help text'],
    ['definition-text', gauge(undefined as never), 'name and help are strings'],
    [
      'series-limit',
      gauge('shop_cart', { seriesLimit: 1.5 }),
      'the series limit is an integer of 1 or more',
    ],
  ])('The linter reports %s: %j', (rule, metric, message) => {
    expect(lintMetrics([metric])).toEqual([{ metric: metric.name, rule, message }]);
  });

  it('The linter accepts a unit before _total', () => {
    expect(lintMetrics([{ ...good, name: 'shop_sent_bytes_total', unit: 'bytes' }])).toEqual([]);
  });

  it('The linter calls only that fatal without which a metric cannot be exposed', () => {
    expect(fatalProblems({ ...good, name: 'shopMs', help: '' })).toEqual([]);
    expect(fatalProblems({ ...good, name: '9' }).map(({ rule }) => rule)).toEqual(['metric-name']);
  });
});
