import { expect, it } from 'vitest';
import { servedText } from '../contract/served-metrics.js';
import { makeRegistry } from '../unit/metrics/registry-of-test.js';

it('A registry renders in text format 0.0.4 as recorded in the golden file', async () => {
  const { registry } = makeRegistry(2);
  const orders = registry.counter({
    name: 'shop_orders_total',
    help: 'Orders by "channel",\nwith a \\ in the help.',
    labels: ['channel', 'note'],
  });
  orders.labels({ channel: 'web', note: 'say "hi"\n\\o/' }).inc(3);
  orders.labels({ channel: 'web', note: '' }).inc(0.1 + 0.2);
  orders.labels({ channel: 'app', note: 'x' }).inc(2 ** 53 + 2);
  registry.gauge({ name: 'shop_temperature_celsius', help: 'Cold.' }).set(-1e-7);
  registry.gauge({ name: 'shop_unused', help: 'No series.', labels: ['x'] });
  const delay = registry.gauge({
    name: 'shop_delay_seconds',
    help: 'Delay by quantile.',
    labels: ['quantile'],
  });
  delay.labels({ quantile: '0.99' }).set(0.25);
  const wait = registry.histogram({
    name: 'shop_wait_seconds',
    help: 'Waiting.',
    labels: ['queue', 'service'],
    buckets: [0.1, 1],
  });
  for (const seconds of [0.05, 0.5, 5])
    wait.labels({ queue: 'a', service: 'own' }).observe(seconds);
  wait.labelsWithBounds({ queue: 'b', service: '' }, [60]).observe(61);
  registry.histogram({ name: 'shop_idle_seconds', help: 'Never observed.', buckets: [1] });

  const globalLabels = { service: 'shop', environment: 'pro"d' };
  const text = await servedText(registry, { globalLabels });
  expect(text).toBe(`\
# HELP shop_orders_total Orders by "channel",\\nwith a \\\\ in the help.
# TYPE shop_orders_total counter
shop_orders_total{channel="web",note="say \\"hi\\"\\n\\\\o/",service="shop",environment="pro\\"d"} 3
shop_orders_total{channel="web",service="shop",environment="pro\\"d"} 0.30000000000000004
shop_orders_total{channel="__other__",note="__other__",service="shop",environment="pro\\"d"} 9007199254740994
# HELP shop_temperature_celsius Cold.
# TYPE shop_temperature_celsius gauge
shop_temperature_celsius{service="shop",environment="pro\\"d"} -1e-7
# HELP shop_delay_seconds Delay by quantile.
# TYPE shop_delay_seconds untyped
shop_delay_seconds{quantile="0.99",service="shop",environment="pro\\"d"} 0.25
# HELP shop_wait_seconds Waiting.
# TYPE shop_wait_seconds histogram
shop_wait_seconds_bucket{queue="a",service="own",environment="pro\\"d",le="0.1"} 1
shop_wait_seconds_bucket{queue="a",service="own",environment="pro\\"d",le="1"} 2
shop_wait_seconds_bucket{queue="a",service="own",environment="pro\\"d",le="+Inf"} 3
shop_wait_seconds_sum{queue="a",service="own",environment="pro\\"d"} 5.55
shop_wait_seconds_count{queue="a",service="own",environment="pro\\"d"} 3
shop_wait_seconds_bucket{queue="b",environment="pro\\"d",le="60"} 0
shop_wait_seconds_bucket{queue="b",environment="pro\\"d",le="+Inf"} 1
shop_wait_seconds_sum{queue="b",environment="pro\\"d"} 61
shop_wait_seconds_count{queue="b",environment="pro\\"d"} 1
`);
});
