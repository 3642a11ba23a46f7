import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../system/poll.js';
import type { Application, RunningApplication } from './application.js';
import { describeWithLibrary, install } from './installation.js';

/** An application as `nest new` makes it. */
export interface StockApplication {
  /** Directory below `apps`. */
  readonly template: string;
  /** What it compiles to by each of its TypeScript projects. */
  readonly projects: Readonly<Record<string, string>>;
  /** The optional peers in the versions that belong to its Nest. */
  readonly peers: readonly string[];
  /** What its own tests need; they then run as well. */
  readonly jest?: readonly string[];
}

const JEST_TIMEOUT_MS = 180_000;

const EXPORTERS = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { ObservabilityMetricProducer, otlp } from '@eventcore/nestjs-observability/otlp';
import { statsd } from '@eventcore/nestjs-observability/statsd';

const outcomeOf = async (exporter) => {
  class App {}
  Module({ imports: [ObservabilityModule.forRoot({ exporters: [exporter] })] })(App);
  try {
    const options = { logger: false, abortOnError: false };
    await (await NestFactory.createApplicationContext(App, options)).close();
    return 'started';
  } catch (error) {
    return error.code;
  }
};
console.log(JSON.stringify({
  'statsd over UDP': await outcomeOf(statsd()),
  'reader of OpenTelemetry': await outcomeOf(new ObservabilityMetricProducer()),
  'OTLP http/protobuf': await outcomeOf(otlp()),
  'OTLP http/json': await outcomeOf(otlp({ protocol: 'http/json' })),
  'OTLP grpc': await outcomeOf(otlp({ protocol: 'grpc' })),
  'statsd at a socket': await outcomeOf(statsd({ socketPath: '/nowhere' })),
}));
`;

/** What every application with the library must do, without its optional peers and with all of them. */
export function describeStockApplication(stock: StockApplication): void {
  describeWithLibrary(stock.template, (library) => {
    // One installation, to which the optional peers are added later.
    const application = install(stock.template, library, stock.jest);

    describe('without optional peers', () => {
      describe.each(Object.entries(stock.projects))('by %s', (project, output) => {
        const running = run(application, project, output);
        itObserves(running);

        it('has no health endpoint', async () => {
          expect((await running().get('/health')).status).toBe(404);
        });
      });

      it('starts with the exporters that need no package, and says what the others need', async () => {
        const args = ['--input-type=module', '--eval', EXPORTERS];
        const { code, stdout, stderr } = await application().runScript({
          node: process.execPath,
          args,
        });
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(JSON.parse(stdout)).toEqual({
          'statsd over UDP': 'started',
          'reader of OpenTelemetry': 'started',
          'OTLP http/protobuf': 'OBS_PEER_MISSING',
          'OTLP http/json': 'OBS_PEER_MISSING',
          'OTLP grpc': 'OBS_PEER_MISSING',
          'statsd at a socket': 'OBS_PEER_MISSING',
        });
      });

      if (stock.jest !== undefined) itPassesItsOwnTests(application);
    });

    describe('with all optional peers', () => {
      beforeAll(() => application().addPeers(stock.peers));
      describe.each(Object.entries(stock.projects))('by %s', (project, output) => {
        const running = run(application, project, output);
        itObserves(running);
        itWorksWithPeers(running);
        // Last: it ends the application.
        itDrains(running);
      });
    });
  });
}

function itPassesItsOwnTests(application: () => Application): void {
  it(
    'passes its own tests with one more line in its Jest configuration',
    () => {
      const jest = application().run('jest', ['--config', 'test/jest-e2e.json', '--json']);
      expect(jest.status, jest.stderr).toBe(0);
      expect(JSON.parse(jest.stdout)).toMatchObject({ numPassedTests: 3, numTotalTests: 3 });
    },
    JEST_TIMEOUT_MS,
  );
}

function run(
  application: () => Application,
  project: string,
  output: string,
): () => RunningApplication {
  let complaints: string;
  let running: RunningApplication;
  beforeAll(async () => {
    complaints = application().compile(project);
    running = application().start(`${output}/main.js`);
    await running.listening();
  });
  afterAll(() => running?.stop());

  it('compiles, all declaration files checked', () => {
    expect(complaints).toBe('');
  });
  it('starts without a warning of Node', () => {
    expect(running.errors).toBe('');
  });
  return () => running;
}

function itObserves(running: () => RunningApplication): void {
  it('counts the calls of decorated handlers', async () => {
    const placed = await running().post('/orders', { sku: 'hat' });
    expect(await placed.text()).toBe('order of hat');
    const total = await running().get('/orders/hat/total');
    expect(await total.json()).toBe(1);

    const metrics = await seriesOf(running());
    expect(metrics).toContain(
      'eventcore_commands_total{command_type="PlaceOrder",service="compat"} 1',
    );
    expect(metrics).toContain(
      'eventcore_queries_total{query_type="OrderTotal",service="compat"} 1',
    );
    expect(metrics).toContain(
      'eventcore_projection_events_processed_total{projection_name="OrderTotals",mode="live",service="compat"} 1',
    );
  });

  it('resolves the sub-path entries', async () => {
    const subPaths = await running().get('/sub-paths');
    expect(await subPaths.json()).toEqual(['MetricsController', 'ManualClock']);
  });
}

function itWorksWithPeers(running: () => RunningApplication): void {
  it('answers health through Terminus', async () => {
    for (const path of ['/health', '/health/live', '/health/ready']) {
      const answer = await running().get(path);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(await answer.json()).toMatchObject({ status: 'ok' });
    }
  });

  it('leaves a health controller of the application as it is', async () => {
    const answer = await running().get('/own-readiness');
    expect(await answer.json()).toMatchObject({ details: { own: { status: 'up' } } });
  });

  it('counts the calls of handlers of @nestjs/cqrs that nobody decorated', async () => {
    expect(await (await running().post('/refunds', {})).text()).toBe('1');
    expect((await running().post('/refunds/unhandled', {})).status).toBe(500);
    const series = (await seriesOf(running())).join('\n');
    for (const [metric, labels, value] of [
      ['commands_succeeded', 'command_type="RefundOrder"', 1],
      ['commands_succeeded', 'command_type="NotifyCustomer"', 1],
      ['command_errors', 'command_type="Unhandled"', 1],
      ['queries', 'query_type="FindRefunds"', 1],
      ['projection_events_processed', 'projection_name="RefundTotals",mode="live"', 1],
    ]) {
      expect(series).toContain(`eventcore_${metric}_total{${labels},service="compat"} ${value}`);
    }
  });

  it('shows the metrics of prom-client on the same page', async () => {
    const probes = async () => {
      const series = await seriesOf(running());
      return Number(
        series
          .find((it) => it.startsWith('shop_probes_total{'))
          ?.split(' ')
          .at(-1),
      );
    };
    const before = await probes();
    await running().get('/own-readiness');
    expect(await probes()).toBe(before + 1);
    const series = await seriesOf(running());
    expect(series.filter((it) => it.startsWith('nodejs_version_info{'))).toHaveLength(1);
  });
}

function itDrains(running: () => RunningApplication): void {
  it('is not ready from SIGTERM on, serves until the balancer has noticed, and ends by the signal', async () => {
    const statuses = () =>
      Promise.all(
        ['/health/live', '/health/ready', '/health', '/own-readiness'].map(
          async (it) => (await running().get(it)).status,
        ),
      );
    expect(await statuses()).toEqual([200, 200, 200, 200]);
    const ended = running().terminate();
    const isUnready = async () =>
      (await running().get('/health/ready')).status === 503 || undefined;
    await poll(isUnready, { what: 'not ready', timeoutMs: 900 });
    expect(await statuses()).toEqual([200, 503, 503, 503]);
    const placed = await running().post('/refunds', {});
    expect([placed.status, placed.headers.get('connection')]).toEqual([201, 'close']);
    expect(await ended).toEqual([null, 'SIGTERM']);
  });
}

async function seriesOf(application: RunningApplication): Promise<string[]> {
  const answer = await application.get('/metrics');
  expect(answer.status).toBe(200);
  return (await answer.text()).split('\n').filter((it) => !it.startsWith('#'));
}
