import { describe, expect, expectTypeOf, it } from 'vitest';
import { ConfigurationError, type ObservabilityService } from '../../../lib/index.js';
import type { Counter, Gauge, Histogram, MetricDefinition } from '../../../lib/metrics/index.js';
import { defineMetricPack, type MetricSource } from '../../../lib/packs/index.js';
import { makeRegistry } from '../metrics/registry-of-test.js';

class Checkout extends defineMetricPack({
  name: 'checkout',
  metrics: {
    paid: {
      name: 'shop_paid_total',
      type: 'counter',
      help: 'Paid carts.',
      labels: ['channel', 'currency'],
    },
    open: { name: 'shop_open_carts', type: 'gauge', help: 'Open carts.' },
    items: {
      name: 'shop_cart_items',
      type: 'histogram',
      help: 'Items of a paid cart.',
      labels: ['channel'],
      buckets: [1, 2, 5],
    },
  },
}) {
  paidOnline(items: number): void {
    this.paid.labels({ channel: 'web', currency: 'eur' }).inc();
    this.items.labels({ channel: 'web' }).observe(items);
  }
}

const problemsOf = (define: () => unknown) => {
  try {
    define();
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.problems.map(({ subject, rule }) => `${error.code} ${subject}: ${rule}`);
    throw error;
  }
  return [];
};

describe('a metric pack', () => {
  it('The members of a pack are instruments with the labels of their metrics', () => {
    const checkout = new Checkout(makeRegistry().registry);
    expectTypeOf(checkout.paid).toEqualTypeOf<Counter<'channel' | 'currency'>>();
    expectTypeOf(checkout.open).toEqualTypeOf<Gauge<never>>();
    expectTypeOf(checkout.items).toEqualTypeOf<Histogram<'channel'>>();
    expectTypeOf<ObservabilityService>().toExtend<MetricSource>();
    // @ts-expect-error -- the pack has no such metric
    expect(checkout.payed).toBeUndefined();
    // @ts-expect-error -- the metric has no such label
    checkout.paid.labels({ chanel: 'web', currency: 'eur' });
    // @ts-expect-error -- a label is missing
    checkout.paid.labels({ channel: 'web' });
    // @ts-expect-error -- a counter cannot be set
    expect(() => checkout.paid.set(1)).toThrow(TypeError);
    // @ts-expect-error -- a metric has one of three types
    const type: MetricDefinition['type'] = 'timer';
    expect(type).toBe('timer');
  });

  it('A class that extends a pack records through its members, and has methods of its own', () => {
    const { registry } = makeRegistry();
    const checkout = new Checkout(registry);
    checkout.paidOnline(3);
    checkout.open.set(2);
    expect(registry.get('shop_paid_total')?.definition.help).toBe('Paid carts.');
    expect(checkout.paid.sum()).toBe(1);
    const items = registry.get('shop_cart_items')!.snapshot().blocks[0]!;
    expect([...items.values]).toEqual([0, 0, 1, 0, 3]);
    expect(items.bounds).toEqual([1, 2, 5]);
  });

  it('Two packs made from one registry share the instruments', () => {
    const { registry } = makeRegistry();
    expect(new Checkout(registry).paid).toBe(new Checkout(registry).paid);
  });

  it('The plugin of a pack provides the class that extends it', () => {
    const { name, options, providers = [] } = Checkout.plugin;
    expect({ name, options }).toEqual({
      name: 'checkout',
      options: { metrics: ['shop_paid_total', 'shop_open_carts', 'shop_cart_items'] },
    });
    expect(providers).toMatchObject([{ provide: Checkout }]);
  });

  const metric = { name: 'shop_paid_total', type: 'counter', help: 'Paid carts.' } as const;
  const pack =
    (metrics: object, name = 'checkout') =>
    () =>
      defineMetricPack({ name, metrics } as never);

  it.each([
    ['no object', () => defineMetricPack(7 as never), 'OPTION_INVALID defineMetricPack(): must be'],
    ['no name', pack({}, ''), 'OPTION_INVALID defineMetricPack().name: must be 1 to 64'],
    ['no metrics', pack(undefined as never), 'OPTION_INVALID defineMetricPack().metrics: must be'],
    ['a member in kebab case', pack({ 'a-b': metric }), 'must be a word in camel case'],
    ['the member constructor', pack({ constructor: metric }), 'must be a word in camel case'],
    ['a metric that is text', pack({ paid: 'shop' }), 'defineMetricPack().metrics.paid: must be'],
    ['a misspelt member', pack({ paid: { ...metric, labls: [] } }), 'metrics.paid.labls: is not a'],
    [
      'no type',
      pack({ paid: { ...metric, type: 'sum' } }),
      'METRIC_INVALID metric shop_paid_total: the type is',
    ],
    ['no help', pack({ paid: { ...metric, help: ' ' } }), 'a metric has a help text'],
    ['labels that are text', pack({ paid: { ...metric, labels: 'a' } }), 'labels is an array'],
    [
      'an unbounded label',
      pack({ paid: { ...metric, labels: ['user_id'] } }),
      'the label user_id has unbounded values',
    ],
    [
      'a counter without _total',
      pack({ paid: { ...metric, name: 'shop_paid' } }),
      'ends in _total',
    ],
    [
      'a unit that is not in the name',
      pack({ paid: { ...metric, unit: 'bytes' } }),
      'ends in its unit',
    ],
  ])('A pack with %s is refused when it is defined', (_what, define, problem) => {
    expect(problemsOf(define).join('\n')).toContain(problem);
  });

  it('A pack names all problems at once, with value and remedy', () => {
    const define = pack({ a: { ...metric, name: 'shop_ms' }, b: { ...metric, help: '' } });
    expect(define).toThrow(/shop_ms = "shop_ms": use the base unit seconds, not ms\. Change the/);
    expect(problemsOf(define)).toHaveLength(3);
  });

  it('A class of a pack that Nest makes without its plugin says which plugin to list', () => {
    const made = () => new (Checkout as unknown as new () => unknown)();
    expect(made).toThrow(/metric pack checkout = undefined: must be made by its plugin.*plugin/s);
  });
});
