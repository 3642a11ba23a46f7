import { Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Command,
  ConfigurationError,
  ObservabilityModule,
  type ObservabilityOptions,
  ObservabilityService,
  Projection,
} from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { platforms, RunningApplication } from './running-application.js';
import { adviceOf } from '../../../lib/kernel/errors/fault-classification.js';

Logger.overrideLogger(false);

@Injectable()
class Settings implements Record<string, unknown> {
  [name: string]: unknown;
  readonly service = 'from-settings';

  create(): ObservabilityOptions {
    return { serviceName: this.service };
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Injectable()
class Orders {
  @Command('PlaceOrder')
  async place(): Promise<void> {}

  @Projection('Revenue')
  async apply(): Promise<void> {}
}

let running: RunningApplication | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(...parts: Parameters<typeof RunningApplication.start>) {
  running = await RunningApplication.start(...parts);
  return running;
}

describe('options', () => {
  it.each<[string, Parameters<typeof ObservabilityModule.forRootAsync>[0]]>([
    ['a factory', { useFactory: () => ({ serviceName: 'from-settings' }) }],
    ['a factory that waits', { useFactory: async () => ({ serviceName: 'from-settings' }) }],
    [
      'a factory that injects',
      {
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: (settings: Settings) => ({ serviceName: settings.service }),
      },
    ],
    ['a class', { useClass: Settings }],
    ['a class of another module', { imports: [SettingsModule], useExisting: Settings }],
  ])('Module options come from %s', async (_title, options) => {
    const application = await start({ imports: [ObservabilityModule.forRootAsync(options)] });
    const { text } = await application.get('/metrics');
    expect(
      sampleOf(text, 'eventcore_uptime_seconds', { service: 'from-settings' }),
    ).toBeGreaterThan(0);
  });

  it('Module options of the module itself stand beside the factory', async () => {
    const module = ObservabilityModule.forRootAsync({
      useFactory: () => ({}),
      prometheus: { path: '/numbers' },
      health: { path: '/well' },
    });
    const application = await start({ imports: [module] });
    const answers = ['/numbers', '/well', '/metrics', '/health'].map((it) => application.get(it));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 404, 404]);
  });

  it.each<[string, unknown, string]>([
    ['a wrong option', { namespace: 'My Shop' }, 'namespace'],
    ['nothing', undefined, 'options'],
    ['an option that shapes the module', { health: false }, 'health'],
  ])('Module options from a factory with %s stop the start', async (_title, options, subject) => {
    const module = ObservabilityModule.forRootAsync({ useFactory: () => options as never });
    await expect(start({ imports: [module] })).rejects.toMatchObject({
      code: 'OBS_OPTION_INVALID',
      problems: [{ subject }],
    });
  });
});

describe('the service', () => {
  @Injectable()
  class Feature {
    constructor(readonly observability: ObservabilityService) {}
  }

  @Module({ providers: [Feature] })
  class FeatureModule {}

  it('The service is injectable everywhere with isGlobal', async () => {
    const application = await start({
      imports: [ObservabilityModule.forRoot({ isGlobal: true }), FeatureModule],
    });
    expect(application.app.get(Feature, { strict: false }).observability).toBe(application.service);
  });

  it('The service is injectable only beside the import without isGlobal', async () => {
    const module = Test.createTestingModule({
      imports: [ObservabilityModule.forRoot(), FeatureModule],
    });
    await expect(module.compile()).rejects.toThrow("can't resolve dependencies of the Feature");
  });

  it('The service makes metrics that are scraped and found again', async () => {
    const { service, get } = await start({ imports: [ObservabilityModule.forRoot()] });
    const refunds = service.counter({
      name: 'shop_refunds_total',
      help: 'R.',
      labels: ['channel'],
    });
    refunds.labels({ channel: 'web' }).inc(2);
    service.gauge({ name: 'shop_load_ratio', help: 'L.' }).set(0.5);
    service.histogram({ name: 'shop_cart_bytes', help: 'C.', buckets: [10] }).observe(3);
    expect(service.getMetric('shop_refunds_total')).toBe(refunds);
    expect(service.getMetric('nothing')).toBeUndefined();
    expect(service.listMetrics()).toContain(refunds);
    const { text } = await get.call(running, '/metrics');
    expect(sampleOf(text, 'shop_refunds_total', { channel: 'web' })).toBe(2);
    expect(sampleOf(text, 'shop_load_ratio')).toBe(0.5);
    expect(sampleOf(text, 'shop_cart_bytes_count')).toBe(1);
    expect(sampleOf(await service.gather(), 'shop_load_ratio')).toBe(0.5);
    const names = service.snapshot().metrics.map(({ definition }) => definition.name);
    expect(names).toContain('shop_cart_bytes');
    expect(() => service.gauge({ name: 'shop_refunds_total', help: 'R.' })).toThrow(
      ConfigurationError,
    );
  });
});

describe.each(platforms)('a disabled module on %s', (platform) => {
  it.each([
    ['at hand', () => ObservabilityModule.forRoot({ enabled: false })],
    [
      'from a factory',
      () => ObservabilityModule.forRootAsync({ useFactory: () => ({ enabled: false }) }),
    ],
    [
      'with a port of its own',
      () => ObservabilityModule.forRoot({ enabled: false, prometheus: { port: 0 } }),
    ],
  ])(
    'A disabled module records nothing and serves no metrics, but health: options %s',
    async (_title, module) => {
      const application = await start({ platform, imports: [module()], providers: [Orders] });
      await application.app.get(Orders).place();
      await application.app.get(Orders).apply();
      const { service } = application;
      service.startCommand('A').succeed();
      service.startQuery('A').fail(new Error());
      service.startEventStoreOperation('append', 'order').succeed({ events: 1 });
      service.startEventStoreOperation('append', 'order').fail(new Error(), { conflict: true });
      const runner = service.projection('A');
      runner.skipped();
      runner.retried();
      runner.deadLettered();
      const work = service
        .snapshot()
        .metrics.filter(({ definition }) =>
          /command|quer|projection|event_store|events|errors/.test(definition.name),
        )
        .flatMap(({ blocks }) => blocks.flatMap(({ values }) => [...values]));
      expect(work.every((it) => it === 0)).toBe(true);
      expect((await application.get('/metrics')).status).toBe(404);
      expect((await application.get('/health')).status).toBe(200);
      expect((await application.get('/ready')).status).toBe(200);
    },
  );
});

describe('two applications of one process', () => {
  it('Two applications of one process do not see each other', async () => {
    const make = (serviceName: string) =>
      RunningApplication.start({
        imports: [ObservabilityModule.forRoot({ serviceName })],
        providers: [Orders],
      });
    const [one, two] = await Promise.all([make('one'), make('two')]);
    try {
      await one.app.get(Orders).place();
      one.service.counter({ name: 'shop_a_total', help: 'A.' }).inc();
      const first = (await one.get('/metrics')).text;
      const second = (await two.get('/metrics')).text;
      expect(sampleOf(first, 'eventcore_commands_total', { service: 'one' })).toBe(1);
      expect(sampleOf(second, 'eventcore_commands_total', { service: 'two' })).toBe(0);
      expect(second).not.toContain('shop_a_total');
      await one.close();
      await two.app.get(Orders).place();
      expect(sampleOf((await two.get('/metrics')).text, 'eventcore_commands_total')).toBe(1);
    } finally {
      await two.close();
    }
  });

  it('Two applications of one process may have endpoints in different places', async () => {
    const one = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ prometheus: { path: '/one' } })],
    });
    const two = await start({ imports: [ObservabilityModule.forRoot()] });
    try {
      const statuses = [one.get('/one'), one.get('/metrics'), two.get('/metrics'), two.get('/one')];
      expect((await Promise.all(statuses)).map(({ status }) => status)).toEqual([
        200, 404, 200, 404,
      ]);
    } finally {
      await one.close();
    }
  });
});

describe('one application', () => {
  it('One application imports the module with options once', async () => {
    @Module({ imports: [ObservabilityModule.forRoot({ namespace: 'feature' })] })
    class FeatureModule {}
    const imports = [ObservabilityModule.forRoot(), FeatureModule];
    await expect(start({ imports })).rejects.toMatchObject({
      code: 'OBS_MODULE_DUPLICATE',
      problems: [{ value: 2 }],
    });
  });

  it('One application may import one dynamic module in several places', async () => {
    const shared = ObservabilityModule.forRoot();
    @Module({ imports: [shared] })
    class FeatureModule {}
    const application = await start({ imports: [shared, FeatureModule] });
    expect((await application.get('/metrics')).status).toBe(200);
  });

  it('One application may be without a server', async () => {
    @Module({ imports: [ObservabilityModule.forRoot()], providers: [Orders] })
    class WorkerModule {}
    const context = await NestFactory.createApplicationContext(WorkerModule, { logger: false });
    await context.get(Orders).place();
    const text = await context.get(ObservabilityService).gather();
    await context.close();
    expect(sampleOf(text, 'eventcore_commands_total')).toBe(1);
  });

  it('One application may have the dynamic module as its root', async () => {
    const root = ObservabilityModule.forRoot({ prometheus: { port: 0, host: '127.0.0.1' } });
    const context = await NestFactory.createApplicationContext(root, { logger: false });
    const text = await context.get(ObservabilityService).gather();
    await context.close();
    expect(sampleOf(text, 'eventcore_uptime_seconds')).toBeGreaterThan(0);
  });
});

describe('faults', () => {
  it('Faults of the library are counted, logged once a minute, and no handler sees one', async () => {
    const warnings: string[] = [];
    const warn = vi
      .spyOn(Logger.prototype, 'warn')
      .mockImplementation((it) => void warnings.push(it as string));
    const application = await start({
      imports: [
        ObservabilityModule.forRoot({
          errorCategory: () => {
            throw new Error('hook');
          },
        }),
      ],
    });
    const { service } = application;
    for (let i = 0; i < 3; i++) service.startCommand('A').fail(new Error('x'));
    service.gauge({ name: 'shop_load_ratio', help: 'L.' }).set(Number.NaN);
    const text = await service.gather();
    warn.mockRestore();
    const faults = 'eventcore_observability_errors_total';
    expect(sampleOf(text, faults, { component: 'classifier' })).toBe(3);
    expect(sampleOf(text, faults, { component: 'metrics' })).toBe(1);
    expect(sampleOf(text, 'eventcore_command_errors_total')).toBe(3);
    expect(warnings).toEqual([
      `classifier: Error: hook. ${adviceOf('OBS_HOOK_FAILED')} (next report in a minute)`,
      `metrics: RangeError: shop_load_ratio: a gauge accepts finite numbers, got NaN. ${adviceOf('OBS_OBSERVATION_REFUSED')} (next report in a minute)`,
    ]);
  });
});
