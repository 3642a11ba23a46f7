import { Injectable, Logger, Module } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  register,
  Summary,
} from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { checkMetrics, promtool } from '../../contract/promtool.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import {
  type ApplicationContext,
  platforms,
  RunningApplication,
} from '../module/running-application.js';

Logger.overrideLogger(false);

@Injectable()
class Downloads {
  constructor(@InjectMetric('shop_downloads_total') readonly counter: Counter<string>) {}
}

@Module({
  providers: [
    makeCounterProvider({
      name: 'shop_downloads_total',
      help: 'Downloads.',
      labelNames: ['kind'],
    }),
    Downloads,
  ],
})
class DownloadsModule {}

const gauge = (config: GaugeConfiguration<string>) => new Gauge(config);

let running: RunningApplication | undefined;

beforeEach(() => register.clear());

afterEach(async () => {
  await running?.close();
  running = undefined;
  register.clear();
});

async function start(parts: ApplicationContext): Promise<RunningApplication> {
  running = await RunningApplication.start(parts);
  return running;
}

const ours = () => ObservabilityModule.forRoot({ serviceName: 'shop' });

describe.each(platforms)("the application's prom-client metrics on %s", (platform) => {
  it.each<[string, () => NonNullable<ApplicationContext['imports']>]>([
    ['PrometheusModule before ours', () => [PrometheusModule.register(), ours()]],
    ['PrometheusModule after ours', () => [ours(), PrometheusModule.register()]],
    [
      'PrometheusModule in the background',
      () => [ours(), PrometheusModule.registerAsync({ useFactory: () => ({}) })],
    ],
    ['no PrometheusModule', () => [ours()]],
  ])(
    "The application's prom-client metrics follow ours at /metrics with %s",
    async (_title, imports) => {
      const application = await start({ platform, imports: [...imports(), DownloadsModule] });
      application.app.get(Downloads, { strict: false }).counter.inc({ kind: 'say "hi"\n\\' }, 3);
      const { status, text } = await application.get('/metrics');
      expect(status).toBe(200);
      const families = parseTextFormat(text);
      expect(families.get('shop_downloads_total')).toEqual({
        name: 'shop_downloads_total',
        help: 'Downloads.',
        type: 'counter',
        samples: [
          {
            name: 'shop_downloads_total',
            labels: { service: 'shop', kind: 'say "hi"\n\\' },
            value: 3,
          },
        ],
      });
      const names = [...families.keys()];
      expect(names.indexOf('shop_downloads_total')).toBeGreaterThan(
        names.indexOf('eventcore_commands_total'),
      );
      expect(names.filter((it) => it === 'process_cpu_user_seconds_total')).toHaveLength(1);
      expect(names).toContain('nodejs_version_info');
    },
  );

  it("The application's prom-client metrics are left to PrometheusModule at a path of its own", async () => {
    const imports = [PrometheusModule.register({ path: '/theirs' }), ours(), DownloadsModule];
    const application = await start({ platform, imports });
    expect((await application.get('/metrics')).text).toContain('eventcore_uptime_seconds');
    const { text } = await application.get('/theirs');
    expect(text).toContain('shop_downloads_total');
    expect(text).not.toContain('eventcore_');
  });

  it("The application's prom-client metrics stay at /metrics when ours are elsewhere or off", async () => {
    for (const options of [
      { prometheus: { path: '/ours' } },
      { prometheus: { port: 0 } },
      { prometheus: false },
      { enabled: false },
    ] as const) {
      register.clear();
      const imports = [PrometheusModule.register(), ObservabilityModule.forRoot(options)];
      const application = await start({ platform, imports });
      const { status, text } = await application.get('/metrics');
      expect(status).toBe(200);
      expect(text).toContain('process_cpu_user_seconds_total');
      expect(text).not.toContain('eventcore_');
      await application.close();
    }
  });
});

describe('metrics of every type of prom-client', () => {
  it('Metrics of every type of prom-client are shown with their values', async () => {
    new Counter({ name: 'a_total', help: 'A.' }).inc(2 ** 53);
    gauge({ name: 'b', help: 'B with \\ and\nlines.', labelNames: ['x'] }).set({ x: 'y' }, -1.5);
    new Histogram({ name: 'c_seconds', help: 'C.', buckets: [1, 5] }).observe(3);
    new Summary({ name: 'd_seconds', help: 'D.', percentiles: [0.5] }).observe(3);
    gauge({ name: 'e', help: 'No series.', labelNames: ['x'] });
    gauge({ name: 'f', help: 'Not a number.' }).set(Number.NaN);
    const application = await start({ imports: [ObservabilityModule.forRoot()] });
    const { text } = await application.get('/metrics');
    const families = parseTextFormat(text);
    expect(families.get('b')?.help).toBe('B with \\ and\nlines.');
    expect(families.has('e')).toBe(false);
    expect(['a_total', 'b', 'c_seconds', 'd_seconds'].map((it) => families.get(it)?.type)).toEqual([
      'counter',
      'gauge',
      'histogram',
      'summary',
    ]);
    expect(sampleOf(text, 'a_total')).toBe(2 ** 53);
    expect(sampleOf(text, 'b', { x: 'y' })).toBe(-1.5);
    expect(sampleOf(text, 'c_seconds_bucket', { le: '5' })).toBe(1);
    expect(sampleOf(text, 'c_seconds_count')).toBe(1);
    expect(sampleOf(text, 'd_seconds', { quantile: '0.5' })).toBe(3);
    expect(sampleOf(text, 'f')).toBeNaN();
  });

  it('Metrics of every type of prom-client keep their own labels beside global ones of the same name, and the default labels of the registry', async () => {
    register.setDefaultLabels({ team: 'red' });
    gauge({ name: 'b', help: 'B.', labelNames: ['service'] }).set({ service: 'own' }, 1);
    const application = await start({ imports: [ours()] });
    const { text } = await application.get('/metrics');
    expect(parseTextFormat(text).get('b')?.samples[0]?.labels).toEqual({
      service: 'own',
      team: 'red',
    });
    register.setDefaultLabels({});
  });

  // Needs Debian's prometheus.
  it.skipIf(promtool === undefined)(
    'Metrics of every type of prom-client make a complete scrape that promtool accepts',
    async () => {
      const application = await start({
        imports: [PrometheusModule.register(), ours(), DownloadsModule],
      });
      application.app.get(Downloads, { strict: false }).counter.inc({ kind: 'x' });
      await application.get('/metrics');
      const { text } = await application.get('/metrics');
      expect(text).toContain('nodejs_active_handles_total');
      expect(checkMetrics(text)).toBe('');
    },
  );
});

describe("prom-client's metrics of the process", () => {
  it('Process metrics of prom-client are left out when the option says so', async () => {
    const imports = [ObservabilityModule.forRoot({ prometheus: { defaultMetrics: false } })];
    const application = await start({ imports });
    expect((await application.get('/metrics')).text).not.toContain('process_cpu');
  });

  it('Process metrics of prom-client take nothing from applications that define them later', async () => {
    await start({ imports: [ObservabilityModule.forRoot()] });
    expect(() => collectDefaultMetrics()).not.toThrow();
    register.clear();
    expect(() => PrometheusModule.register()).not.toThrow();
    const { text } = await (running as RunningApplication).get('/metrics');
    expect(parseTextFormat(text).get('process_cpu_user_seconds_total')?.samples).toHaveLength(1);
  });

  it('Process metrics of prom-client are those of the application where it defines them itself', async () => {
    collectDefaultMetrics({ labels: { own: 'yes' } });
    const application = await start({ imports: [ObservabilityModule.forRoot()] });
    const { text } = await application.get('/metrics');
    expect(sampleOf(text, 'process_cpu_user_seconds_total', { own: 'yes' })).toBeGreaterThan(0);
  });
});

describe('a prom-client metric with one of our names', () => {
  it.each([
    ['eventcore_commands_total', 'eventcore'],
    ['eventcore_command_duration_seconds_count', 'eventcore'],
    ['shop_uptime_seconds', 'shop'],
  ])('A prom-client metric with one of our names stops the start: %s', async (name, namespace) => {
    gauge({ name, help: 'Taken.' });
    const starting = start({ imports: [ObservabilityModule.forRoot({ namespace })] });
    await expect(starting).rejects.toMatchObject({
      code: 'OBS_METRIC_DUPLICATE',
      problems: [{ value: name }],
    });
  });

  it('A prom-client metric with one of our names is left out and counted when it is registered later', async () => {
    const application = await start({ imports: [ObservabilityModule.forRoot()] });
    gauge({ name: 'eventcore_uptime_seconds', help: 'Taken.' }).set(-99);
    gauge({ name: 'eventcore_command_events_sum', help: 'Taken.' }).set(99);
    await application.get('/metrics');
    const { status, text } = await application.get('/metrics');
    expect(status).toBe(200);
    expect(sampleOf(text, 'eventcore_uptime_seconds')).toBeGreaterThan(0);
    const component = { component: 'prometheus' };
    expect(sampleOf(text, 'eventcore_observability_errors_total', component)).toBe(2);
  });
});

describe('a collector that throws', () => {
  it('A collector that throws is a 500 with a reason without secrets, and the next scrape works', async () => {
    let broken = true;
    gauge({
      name: 'pool_size',
      help: 'Pool.',
      collect() {
        if (broken) throw new Error('connect postgres://shop:hunter2@db:5432 failed');
        this.set(5);
      },
    });
    const application = await start({ imports: [ObservabilityModule.forRoot()] });
    expect(await application.get('/metrics')).toMatchObject({
      status: 500,
      text: '# gathering metrics failed: Error: connect postgres:[redacted]db:5432 failed\n',
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
    });
    broken = false;
    const { status, text } = await application.get('/metrics');
    expect(status).toBe(200);
    expect(sampleOf(text, 'pool_size')).toBe(5);
    const failed = { exporter: 'prometheus', outcome: 'failure' };
    expect(sampleOf(text, 'eventcore_observability_exports_total', failed)).toBe(1);
    expect(sampleOf(text, 'eventcore_observability_export_duration_seconds_count', failed)).toBe(1);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('late'))],
    ['throws text', () => Promise.reject('text')],
  ])('A collector that throws is a 500 as well when it %s', async (_title, collect) => {
    gauge({ name: 'pool_size', help: 'Pool.', collect });
    const application = await start({ imports: [ObservabilityModule.forRoot()] });
    expect((await application.get('/metrics')).status).toBe(500);
    register.clear();
    expect((await application.get('/metrics')).status).toBe(200);
  });

  it('A collector that throws that never answers is a 500 after ten seconds, and the next scrape works', async () => {
    const collecting = withResolvers();
    let hangs = true;
    gauge({
      name: 'pool_size',
      help: 'Pool.',
      collect() {
        collecting.resolve(undefined);
        return hangs ? new Promise<void>(() => undefined) : undefined;
      },
    });
    const application = await start({ imports: [ObservabilityModule.forRoot()] });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const first = application.get('/metrics');
      await collecting.promise;
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await first).toMatchObject({
        status: 500,
        text: '# gathering metrics failed: Error: the collectors of prom-client did not answer in 10 s\n',
      });
      hangs = false;
      expect((await application.get('/metrics')).status).toBe(200);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('scrapes at the same time', () => {
  it('Scrapes at the same time share one rendering', async () => {
    let collections = 0;
    const release = withResolvers();
    const begun = withResolvers();
    gauge({
      name: 'pool_size',
      help: 'Pool.',
      async collect() {
        collections++;
        begun.resolve(undefined);
        await release.promise;
      },
    });
    const application = await start({ imports: [ObservabilityModule.forRoot()] });
    const scrapes = Array.from({ length: 20 }, () => application.service.gather());
    const overHttp = application.get('/metrics');
    await begun.promise;
    release.resolve(undefined);
    const texts = await Promise.all(scrapes);
    expect(new Set(texts).size).toBe(1);
    expect((await overHttp).status).toBe(200);
    expect(collections).toBeLessThanOrEqual(2);
    const before = collections;
    await application.get('/metrics');
    expect(collections).toBe(before + 1);
  });
});

function withResolvers() {
  let resolve: (value: unknown) => void = () => undefined;
  const promise = new Promise((it) => (resolve = it));
  return { promise, resolve };
}
