import { Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Command,
  ObservabilityModule,
  ObservabilityService,
  Projection,
  Query,
} from '../../../lib/index.js';
import { dialects } from '../../../lib/exporters/prometheus/dialects/index.js';
import type { MetricsExporter } from '../../../lib/metrics/index.js';
import { startTelemetry } from '../../../lib/tracing/start-up/start-telemetry.js';
import type { Telemetry } from '../../../lib/tracing/start-up/telemetry.js';
import type { TelemetryOptions } from '../../../lib/tracing/start-up/options/telemetry-options.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

@Injectable()
class Orders {
  @Command('PlaceOrder')
  async place(): Promise<void> {}

  @Command({ name: 'CancelOrder', span: false })
  cancel(): void {}
}

@Injectable()
class OrderSummary {
  @Projection('order_summary')
  apply(): void {}
}

class Forgotten {
  @Query('ForgottenQuery')
  ask(): number {
    return 42;
  }
}

const closing: (() => unknown)[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  for (const close of closing.splice(0).toReversed()) await close();
});

type ModuleOptions = NonNullable<Parameters<typeof ObservabilityModule.forRoot>[0]>;

async function start(
  options: ModuleOptions = {},
  providers: unknown[] = [Orders, OrderSummary],
): Promise<RunningApplication> {
  return startConfigured(options, { providers: providers as never });
}

const startWithHooks = (options: ModuleOptions = {}) =>
  startConfigured(options, { configure: (app) => app.enableShutdownHooks() });

async function startConfigured(
  options: ModuleOptions,
  more: Parameters<typeof RunningApplication.start>[0],
): Promise<RunningApplication> {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(options)],
    ...more,
  });
  closing.push(() => application.close());
  return application;
}

async function startTracing(options: TelemetryOptions): Promise<Telemetry> {
  const telemetry = await startTelemetry({ warn: () => undefined, ...options });
  closing.push(() => telemetry.shutdown());
  return telemetry;
}

const metricOf = (service: ObservabilityService, name: string) =>
  service.diagnose().metrics.find((it) => it.name === name);

describe('a diagnosis', () => {
  it('A diagnosis is JSON, and says the same when it is asked again', async () => {
    const { service } = await start();
    const first = service.diagnose();
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(service.diagnose().metrics.map((it) => it.name)).toEqual(
      first.metrics.map((it) => it.name),
    );
    expect(first.metrics.length).toBeGreaterThan(60);
    expect(first.series).toMatchObject({ limit: 100_000 });
  });

  it('A diagnosis gives a reason for every metric that shows nothing', async () => {
    const { service } = await start({ http: false });
    const { metrics } = service.diagnose();
    const silent = metrics.filter((it) => !it.recorded);
    expect(silent.length).toBeGreaterThan(20);
    const unexplained = silent.filter((it) => it.reasons.length === 0).map((it) => it.name);
    expect(unexplained).toEqual([]);
    expect(metricOf(service, 'eventcore_api_requests_total')).toMatchObject({
      registered: false,
      reasons: ['It is switched off: the option http is false.'],
    });
  });

  it('A diagnosis tells a handler that was not called from one that was not found', async () => {
    const { service, app } = await start();
    expect(metricOf(service, 'eventcore_commands_total')).toMatchObject({
      registered: true,
      series: 2,
      recorded: false,
      reasons: ['No command has finished.'],
    });
    await app.get(Orders).place();
    expect(metricOf(service, 'eventcore_commands_total')).toMatchObject({
      recorded: true,
      reasons: [],
    });
    expect(metricOf(service, 'eventcore_queries_total')?.reasons).toEqual([
      'No handler with @Query was found among the providers and controllers, and startQuery() was not called.',
      'No part of the application: Forgotten.ask.',
    ]);
  });

  it('A diagnosis names decorated methods that are no part of the application', async () => {
    const { service } = await start();
    new Forgotten().ask();
    const { handlers } = service.diagnose();
    expect(handlers.find((it) => it.method === 'Forgotten.ask')).toMatchObject({
      kind: 'query',
      unbound: expect.stringMatching(/No provider or controller of this application/),
    });
    expect(handlers.find((it) => it.method === 'Orders.place')).toEqual({
      kind: 'command',
      method: 'Orders.place',
      name: 'PlaceOrder',
    });
    const other = await start({}, [Forgotten]);
    const found = other.service.diagnose().handlers.find((it) => it.method === 'Forgotten.ask');
    expect(found).toEqual({ kind: 'query', method: 'Forgotten.ask', name: 'ForgottenQuery' });
  });

  it('A diagnosis of an application that is switched off says so for everything', async () => {
    const { service } = await start({ enabled: false });
    const { enabled, metrics, spans } = service.diagnose();
    expect(enabled).toBe(false);
    expect(new Set(metrics.filter((it) => !it.recorded).flatMap((it) => it.reasons))).toEqual(
      new Set(['The option enabled is false: nothing is recorded.']),
    );
    expect(spans.recording).toBe(false);
  });

  it('A diagnosis counts what was folded, and says which limit it was', async () => {
    const { service } = await start({ cardinality: { perMetric: { shop_a_total: 1 } } });
    const metric = service.counter({ name: 'shop_a_total', help: 'x', labels: ['x'] });
    for (const x of ['1', '2', '3']) metric.labels({ x }).inc();
    expect(metricOf(service, 'shop_a_total')).toEqual({
      name: 'shop_a_total',
      registered: true,
      type: 'counter',
      series: 2,
      recorded: true,
      folded: 2,
      reasons: ['It has reached its series limit of 1; 2 look-ups went to __other__.'],
    });
  });

  it('A diagnosis hints at rules that nothing has a label for', async () => {
    const { service } = await startWithHooks({
      cardinality: {
        labels: { tenat: { buckets: 2 }, outcome: { buckets: 2 }, command_type: { buckets: 9 } },
        perMetric: {
          shop_gone_total: 5,
          eventcore_commands_total: { labels: { x: { buckets: 2 } } },
        },
      },
    });
    expect(service.diagnose().hints).toEqual([
      'cardinality.labels.tenat: no metric has a label of that name with values of the application.',
      'cardinality.labels.outcome: no metric has a label of that name with values of the application.',
      'cardinality.perMetric.shop_gone_total: there is no metric of that name.',
      'cardinality.perMetric.eventcore_commands_total.labels.x: the metric has no such label.',
    ]);
  });

  it('A diagnosis never throws, even when a clock and a collector do', async () => {
    const broken = () => {
      throw new Error('broken');
    };
    const clock = { monotonicMs: () => 0, wallMs: () => 0 };
    const { service } = await start({ clock });
    clock.wallMs = broken;
    clock.monotonicMs = broken;
    expect(() => service.diagnose()).not.toThrow();
    expect(() => service.diagnose('x')).not.toThrow();
    expect(() => service.diagnose(Object.create(null) as never)).not.toThrow();
    clock.wallMs = () => 0;
    clock.monotonicMs = () => 0;
  });
});

describe('exporters in a diagnosis', () => {
  const failing: MetricsExporter = {
    name: 'vendor',
    open: () => ({
      intervalMs: 20,
      timeoutMs: 1_000,
      export: () => {
        const error = new Error('https://user:password@vendor.example refused');
        return Promise.reject(Object.assign(error, { code: 'ECONNREFUSED' }));
      },
    }),
  };

  it('Exporters in a diagnosis have their last error by name and code, and nothing of its message', async () => {
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { service } = await start({ exporters: [failing] });
    const vendorOf = () => service.diagnose().exporters.find((it) => it.name === 'vendor');
    await poll(async () => ((vendorOf()?.failures ?? 0) > 0 ? true : undefined), {
      what: 'a failed export',
      timeoutMs: 10_000,
    });
    expect(vendorOf()).toMatchObject({
      successes: 0,
      lastFailureAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      lastError: 'Error ECONNREFUSED',
    });
    const text = JSON.stringify([service.diagnose(), service.diagnose('eventcore_uptime_seconds')]);
    expect(text).not.toContain('password');
    expect(service.diagnose('eventcore_uptime_seconds').reasons).toContain(
      'The last export to vendor failed: Error ECONNREFUSED.',
    );
    expect(service.diagnose().faults).toContainEqual(
      expect.objectContaining({ component: 'vendor', lastError: 'Error ECONNREFUSED' }),
    );
  });

  it('Exporters in a diagnosis include the endpoint from its first scrape on', async () => {
    const application = await start();
    const { service } = application;
    expect(service.diagnose().exporters).toEqual([
      { name: 'prometheus', successes: 0, failures: 0 },
    ]);
    expect(service.diagnose('eventcore_uptime_seconds').reasons).toEqual([
      'Nobody has scraped the metrics endpoint yet.',
    ]);
    await application.get('/metrics');
    expect(service.diagnose().exporters).toMatchObject([{ name: 'prometheus', successes: 1 }]);
    expect(service.diagnose('eventcore_uptime_seconds').reasons).toEqual([]);
  });
});

describe('spans in a diagnosis', () => {
  it('Spans in a diagnosis are missing without an SDK', async () => {
    const { service } = await start();
    const { recording, kinds } = service.diagnose().spans;
    expect(recording).toBe(false);
    expect(kinds.map((it) => it.kind)).toEqual([
      'command',
      'query',
      'projection',
      'job',
      'event_store',
      'http',
    ]);
    for (const { reasons } of kinds)
      expect(reasons[0]).toMatch(/^No OpenTelemetry SDK is registered/);
  });

  it('Spans in a diagnosis are recorded with one, except for those that are switched off or not sampled', async () => {
    await startTracing({
      exporter: 'none',
      traceStore: true,
      sampler: { type: 'ratio', ratio: 0.25 },
    });
    const { service } = await start();
    const { spans } = service.diagnose();
    expect(spans.recording).toBe(true);
    expect(spans.provider).toMatch(/TracerProvider/);
    const command = spans.kinds.find((it) => it.kind === 'command');
    expect(command).toMatchObject({ handlers: 2, withoutSpan: ['Orders.cancel'] });
    expect(command?.reasons).toContain('span is false for Orders.cancel.');
    expect(service.diagnose('command PlaceOrder')).toMatchObject({ kind: 'span', appears: true });
    expect(service.diagnose('command CancelOrder')).toMatchObject({ kind: 'span', appears: false });
    expect(service.diagnose('command PlaceOder')).toMatchObject({
      appears: false,
      suggestions: ['command PlaceOrder', 'command CancelOrder'],
    });
  });

  it('Spans in a diagnosis are missing when the sampler takes none', async () => {
    await startTracing({ exporter: 'none', traceStore: true, sampler: 'never' });
    const { service } = await start();
    const { recording, kinds } = service.diagnose().spans;
    expect(recording).toBe(false);
    expect(kinds[0]?.reasons[0]).toMatch(/^The sampler records no span without a parent: /);
  });

  it('Spans in a diagnosis are missing when the option says so', async () => {
    const { service } = await start({ tracing: false });
    expect(service.diagnose('command').reasons).toContain('The option tracing is false.');
  });
});

describe('an explanation', () => {
  it.each<[string, string, boolean]>([
    ['eventcore_commands_total', 'eventcore_commands_total', true],
    ['eventcore_commands', 'eventcore_commands_total', true],
    ['eventcore_command_duration_seconds_bucket', 'eventcore_command_duration_seconds', false],
    ['eventcore_projection_lag_seconds', 'eventcore_projection_lag_seconds', false],
  ])('An explanation of a metric of %s is that of %s', async (asked, name, appears) => {
    const { service } = await start();
    expect(service.diagnose(asked)).toMatchObject({
      name,
      kind: 'metric',
      appears,
      suggestions: [],
    });
  });

  it('An explanation of a metric of lag names the missing head source', async () => {
    const { service } = await start();
    expect(service.diagnose('eventcore_projection_lag_events').reasons).toContain(
      'It has no head source (option head of @Projection, or projections.head) and its last event has no known time (option eventTime): order_summary.',
    );
  });

  it('An explanation of a metric of a handler says under which name it reports, or why it does not', async () => {
    const { service } = await start();
    expect(service.diagnose('Orders.place')).toMatchObject({
      kind: 'handler',
      appears: true,
      reasons: ['It reports as command PlaceOrder.'],
    });
    expect(service.diagnose('Forgotten.ask')).toMatchObject({ kind: 'handler', appears: false });
  });

  it('A name in a dialect is explained by its source', async () => {
    const off = await start();
    expect(off.service.diagnose('eventcore_commands_executed')).toMatchObject({ kind: 'unknown' });
    const on = await start({ plugins: [dialects('eventcore-0.1')] });
    expect(on.service.diagnose('eventcore_commands_executed')).toMatchObject({
      name: 'eventcore_commands_executed',
      kind: 'metric',
      appears: true,
      reasons: expect.arrayContaining([
        'It is eventcore_commands_total in the dialect eventcore-0.1.',
      ]),
    });
  });

  it('An explanation of a metric of an unknown name suggests what is nearest, in the namespace of the application', async () => {
    const { service } = await start({ namespace: 'shop' });
    expect(service.diagnose('shop_comands_total')).toMatchObject({
      kind: 'unknown',
      appears: false,
    });
    expect(service.diagnose('shop_comands_total').suggestions[0]).toBe('shop_commands_total');
    expect(service.diagnose('eventcore_commands_total').suggestions).toEqual([
      'shop_commands_total',
    ]);
    expect(service.diagnose('what?').suggestions).toEqual([]);
  });
});

describe('the debug log', () => {
  async function linesOf(options: Parameters<typeof ObservabilityModule.forRoot>[0]) {
    const lines: string[] = [];
    vi.spyOn(Logger.prototype, 'debug').mockImplementation((it) => void lines.push(it as string));
    const application = await start(options);
    await application.get('/metrics');
    return lines;
  }

  it('The debug log is silent unless it is asked for', async () => {
    vi.stubEnv('DEBUG', '');
    expect(await linesOf({})).toEqual([]);
    vi.stubEnv('DEBUG', 'eventcore:*');
    expect(await linesOf({ debug: false })).toEqual([]);
  });

  it('The debug log tells what was bound, what tracing there is, and how exports end', async () => {
    vi.stubEnv('DEBUG', '');
    const lines = await linesOf({ debug: true });
    expect(lines).toContain('eventcore:handlers Orders.place reports as command PlaceOrder');
    expect(lines).toContain(
      'eventcore:handlers Orders.cancel reports as command CancelOrder, without spans',
    );
    expect(lines).toContain(
      'eventcore:handlers Forgotten.ask is no part of the application: query not observed',
    );
    expect(lines.some((it) => it.startsWith('eventcore:tracing {'))).toBe(true);
    expect(lines.some((it) => it.startsWith('eventcore:exports prometheus: success after'))).toBe(
      true,
    );
  });

  it('The debug log listens to the variable DEBUG', async () => {
    vi.stubEnv('DEBUG', 'express:*,eventcore:exports');
    const lines = await linesOf({});
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.every((it) => it.startsWith('eventcore:exports '))).toBe(true);
  });
});

describe('the hints about what an application lacks', () => {
  const HOOKS = 'Nothing listens to SIGTERM: call app.enableShutdownHooks()';

  it('A diagnosis hints at missing shutdown hooks until they are enabled', async () => {
    const { app, service } = await start();
    expect(service.diagnose().hints).toEqual([HOOKS]);
    app.enableShutdownHooks();
    expect(service.diagnose().hints).toEqual([]);
  });

  it('A diagnosis of an application that has not started hints at nothing that is missing', async () => {
    const testing = await Test.createTestingModule({
      imports: [ObservabilityModule.forRoot({ prometheus: false })],
    }).compile();
    closing.push(() => testing.close());
    expect(testing.get(ObservabilityService).diagnose().hints).toEqual([]);
  });

  it('A diagnosis hints at metrics that nothing shows', async () => {
    const { service } = await startWithHooks({ prometheus: false });
    expect(service.diagnose().hints).toEqual([
      expect.stringMatching(/^No metrics endpoint and no exporters/),
    ]);
    const push = { name: 'collector', open: () => ({}) as never };
    const { service: pushing } = await startWithHooks({ prometheus: false, exporters: [push] });
    expect(pushing.diagnose().hints).toEqual([]);
  });

  it.each([
    [{}, 'set prometheus.port and health.port'],
    [{ health: false }, 'set prometheus.port to serve metrics'],
    [{ prometheus: { port: 0 } }, 'No health endpoints: set health.port'],
    [{ enabled: false }, 'No health endpoints: set health.port'],
    [{ health: { port: 0 } }, 'set prometheus.port to serve metrics'],
  ] as const)('A diagnosis of a worker with %j hints: %s', async (options, hint) => {
    @Module({ imports: [ObservabilityModule.forRoot(options)] })
    class Worker {}
    const worker = await NestFactory.createApplicationContext(Worker, { logger: false });
    closing.push(() => worker.close());
    worker.enableShutdownHooks();
    const { hints } = worker.get(ObservabilityService).diagnose();
    expect(hints).toEqual([expect.stringContaining(hint)]);
  });
});

describe('the line at the end of the start', () => {
  it('The start ends with one line about handlers, endpoints, spans and what is missing', async () => {
    const log = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    vi.spyOn(process, 'listenerCount').mockReturnValue(0);
    await start({ exporters: [{ name: 'collector', open: () => ({}) as never }], health: false });
    const lines = log.mock.calls.map(([text]) => String(text));
    expect(lines.filter((it) => it.startsWith('observing '))).toEqual([
      'observing commands (2), projections (1); GET /metrics; exporters: collector; ' +
        'spans: none, because no OpenTelemetry SDK is registered. ' +
        'Nothing listens to SIGTERM: call app.enableShutdownHooks(). ' +
        'Not part of a module: Forgotten.ask',
    ]);
  });

  it('The start of a worker without an HTTP server says how to serve metrics and health', async () => {
    const log = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    @Module({ imports: [ObservabilityModule.forRoot({ tracing: false })], providers: [Orders] })
    class Worker {}
    const worker = await NestFactory.createApplicationContext(Worker, { logger: false });
    closing.push(() => worker.close());
    const [line] = log.mock.calls
      .map(([text]) => String(text))
      .filter((it) => it.startsWith('observing'));
    expect(line).toContain('commands (2); no endpoints; spans: off. ');
    expect(line).toContain('No HTTP server: set prometheus.port and health.port');
  });
});
