import { Injectable, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { defineMetricPack } from '../../../lib/packs/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

class Checkout extends defineMetricPack({
  name: 'checkout',
  metrics: {
    paid: {
      name: 'shop_paid_total',
      type: 'counter',
      help: 'Paid carts.',
      labels: ['channel'],
      seriesLimit: 2,
    },
    open: { name: 'shop_open_carts', type: 'gauge', help: 'Open carts.' },
  },
}) {}

@Injectable()
class Carts {
  constructor(readonly checkout: Checkout) {}
}

let running: RunningApplication | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(plugins = [Checkout.plugin], providers = [Carts]) {
  const imports = [ObservabilityModule.forRoot({ plugins })];
  running = await RunningApplication.start({ imports, providers });
  return running;
}

describe('a metric pack in an application', () => {
  it('A pack is injected by its class and is part of the metrics and of the diagnosis', async () => {
    const application = await start();
    const { app, service } = application;
    const { checkout } = app.get(Carts);
    expect(checkout).toBeInstanceOf(Checkout);
    checkout.paid.labels({ channel: 'web' }).inc(2);
    const { text } = await application.get('/metrics');
    expect(text).toContain('# HELP shop_paid_total Paid carts.\n# TYPE shop_paid_total counter\n');
    expect(sampleOf(text, 'shop_paid_total', { channel: 'web' })).toBe(2);
    expect(sampleOf(text, 'shop_open_carts')).toBe(0);
    expect(service.diagnose('shop_paid_total')).toMatchObject({ kind: 'metric', appears: true });
  });

  it('A pack folds label values beyond its limit, and refuses and counts what no metric takes', async () => {
    const application = await start();
    const { paid, open } = application.app.get(Carts).checkout;
    for (const channel of ['web', 'app', 'shop', 'phone']) paid.labels({ channel }).inc();
    paid.labels({ channel: 'web' }).inc(-1);
    open.set('many' as never);
    paid.labels({ channel: 'web', currency: 'eur' } as never).inc();
    const { text } = await application.get('/metrics');
    expect(sampleOf(text, 'shop_paid_total', { channel: 'web' })).toBe(2);
    expect(sampleOf(text, 'shop_paid_total', { channel: '__other__' })).toBe(2);
    expect(text).not.toContain('phone');
    expect(sampleOf(text, 'shop_open_carts')).toBe(0);
    expect(sampleOf(text, 'eventcore_observability_errors_total', { component: 'metrics' })).toBe(
      3,
    );
  });

  it('Packs that define one metric differently, and a pack that is a provider, stop the start', async () => {
    class Other extends defineMetricPack({
      name: 'other',
      metrics: { open: { name: 'shop_open_carts', type: 'gauge', help: 'Open.', labels: ['a'] } },
    }) {}
    const code = 'OBS_METRIC_CONFLICT';
    await expect(start([Checkout.plugin, Other.plugin])).rejects.toMatchObject({ code });
    await expect(start([], [Carts, Checkout as never])).rejects.toThrow(
      'List the static member plugin of its class in plugins',
    );
    await expect(start([Checkout.plugin, Checkout.plugin])).rejects.toThrow('listed once');
  });
});
