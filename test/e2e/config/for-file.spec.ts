import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, type INestApplication, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Command, ObservabilityModule, ObservabilityService } from '../../../lib/index.js';
import { statsd } from '../../../lib/exporters/statsd/index.js';
import { HttpReceiver } from '../../contract/otlp/http-receiver.js';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { RunningShop } from '../../system/running-shop.js';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
const closing: (() => unknown)[] = [];
const variables: string[] = [];

function fileOf(text: string): string {
  const path = join(folder, `observability-${closing.length}.yaml`);
  writeFileSync(path, text);
  return path;
}

function setVariables(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) {
    variables.push(name);
    process.env[name] = value;
  }
}

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  for (const name of variables.splice(0)) delete process.env[name];
});

@Injectable()
class Orders {
  @Command()
  async place(): Promise<string> {
    return 'placed';
  }
}

@Controller()
class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Get('orders')
  place(): Promise<string> {
    return this.orders.place();
  }
}

async function start(
  path: string | undefined,
  code?: Parameters<typeof ObservabilityModule.forFile>[1],
): Promise<INestApplication> {
  @Module({
    imports: [ObservabilityModule.forFile(path, code)],
    providers: [Orders],
    controllers: [OrdersController],
  })
  class AppModule {}
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = testing.createNestApplication({ logger: false });
  await app.listen(0);
  closing.push(() => app.close());
  return app;
}

const arrival = (what: string, arrived: () => boolean) =>
  poll(async () => arrived() || undefined, { what, timeoutMs: 10_000 });

const urlOf = async (app: INestApplication, path: string) =>
  `${(await app.getUrl()).replace('[::1]', 'localhost')}${path}`;

describe('ObservabilityModule.forFile()', () => {
  it('A file with collectors, tracing and logs does what it says', async () => {
    const zipkin = await new HttpReceiver().open();
    const elastic = await new HttpReceiver().open();
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    closing.push(
      () => socket.close(),
      () => zipkin.close(),
      () => elastic.close(),
    );
    let datagrams = '';
    socket.on('message', (it) => (datagrams += it.toString()));
    const port = await freePort();
    const log = join(folder, 'app.log');
    setVariables({
      METRICS_PORT: String(port),
      STATSD_PORT: String((socket.address() as AddressInfo).port),
      ZIPKIN: zipkin.url,
      ELASTIC: elastic.url,
      LOG_PATH: log,
    });
    const running = await start(
      fileOf(`
file_format: '1.0'
module:
  serviceName: api-service
  environment: production
  prometheus:
    port: \${METRICS_PORT}
    path: /metrics
exporters:
  - statsd:
      host: 127.0.0.1
      port: \${STATSD_PORT}
      prefix: app
      intervalMs: 100
telemetry:
  sampler: { type: ratio, ratio: 1 }
  exporters:
    - zipkin: { endpoint: '\${ZIPKIN}/api/v2/spans' }
  batch: { delayMs: 100 }
logging:
  format: json
  level: info
  sinks:
    - file: { path: '\${LOG_PATH}', maxBytes: 104857600, maxFiles: 5 }
    - elasticsearch: { url: '\${ELASTIC}', index: app-logs, intervalMs: 100, compression: none }
`),
    );
    expect(await (await fetch(await urlOf(running, '/orders'))).text()).toBe('placed');
    const page = await (await fetch(`http://localhost:${port}/metrics`)).text();
    expect(page).toMatch(
      /eventcore_commands_total\{command_type="Orders.place",.*service="api-service".*\} 1/,
    );
    expect(page).toContain('environment="production"');
    await arrival('StatsD', () => /^app\.eventcore_commands_total:1\|c/m.test(datagrams));
    await arrival('Zipkin', () => zipkin.requests.some(({ path }) => path === '/api/v2/spans'));
    await arrival('Elasticsearch', () => elastic.requests.length > 0);
    const bulk = elastic.requests.map((it) => it.body.toString()).join('');
    expect(bulk).toContain('"app-logs"');
    expect(readFileSync(log, 'utf8')).toContain('Orders.place');
  });

  it('Code takes precedence over the file, the file over variables, and what is shadowed is named', async () => {
    setVariables({
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://elsewhere:4318',
      OTEL_SERVICE_NAME: 'of-the-spans',
      LOG_LEVEL: 'debug',
    });
    const path = fileOf(`
module:
  namespace: shop
  serviceName: orders
  drain: { timeoutMs: 1, readinessDelayMs: 0 }
exporters:
  - statsd: { host: from-file }
logging: { level: warn, sinks: [] }
`);
    const app = await start(path, {
      namespace: 'code',
      drain: { timeoutMs: 2_000 },
      exporters: [statsd({ port: 9 })],
    });
    const service = app.get(ObservabilityService);
    const { hints, exporters } = service.diagnose();
    expect(exporters.map(({ name }) => name)).toContain('statsd');
    expect(hints).toContainEqual(
      expect.stringMatching(/^observability-\d+\.yaml:3:3 module\.namespace has no effect/),
    );
    expect(hints).toContainEqual(
      expect.stringMatching(/yaml:5:12 module\.drain\.timeoutMs has no effect/),
    );
    expect(hints).toContainEqual(expect.stringMatching(/the exporter statsd has no effect/));
    expect(hints).toContainEqual(
      expect.stringMatching(/^LOG_LEVEL has no effect: .* sets logging\.level$/),
    );
    expect(hints.join()).not.toContain('readinessDelayMs');
    // Another start of tracing still reads it.
    expect(hints.join()).not.toContain('OTEL_');
    const page = await (await fetch(await urlOf(app, '/metrics'))).text();
    expect(page).toContain('code_commands_total');
    expect(page).not.toContain('shop_commands_total');
  });

  it('The file of OBSERVABILITY_CONFIG_FILE is read without a path', async () => {
    setVariables({ OBSERVABILITY_CONFIG_FILE: fileOf('module: { namespace: here }') });
    const app = await start(undefined);
    const page = await (await fetch(await urlOf(app, '/metrics'))).text();
    expect(page).toContain('here_commands_total');
  });

  it('Addresses of the protocols that Jaeger has removed are answered with that of OTLP', async () => {
    const path = fileOf(`
telemetry:
  exporters:
    - jaeger: { endpoint: 'http://jaeger:14268/api/traces', agent: { host: jaeger, port: 6831 } }
`);
    const error: unknown = await ObservabilityModule.forFile(path).catch((it: unknown) => it);
    expect(error).toMatchObject({
      code: 'OBS_OPTION_INVALID',
      problems: [{ remedy: expect.stringContaining('http://jaeger:4318') as string }],
    });
    const other = fileOf(`telemetry: { exporters: [{ jaeger: { endpoint: 'http://j:14250' } }] }`);
    await expect(ObservabilityModule.forFile(other)).rejects.toThrow('http://jaeger:4318');
  });

  it('The shop starts from its file with the names, checks and projections that it has from code', async () => {
    const shop = await RunningShop.start({
      TRAFFIC: '0',
      FAULT_RATE: '0',
      PROGRESS_PERIOD_MS: '500',
      NODE_ENV: 'staging',
      OBSERVABILITY_CONFIG_FILE: 'observability.yaml',
    });
    closing.push(() => shop.kill());
    const page = await poll(
      async () => {
        const text = await shop.metrics();
        return text.includes('eventcore_projection_lag_seconds{') ? text : undefined;
      },
      { what: 'lag', timeoutMs: 20_000 },
    );
    expect(page).toMatch(/^eventcore_uptime_seconds\{service="shop",environment="staging"\} /m);
    expect(page).toMatch(/^eventcore_log_lines_total\{/m);
    const health = (await (await fetch(`${shop.url}/health`)).json()) as { details: object };
    expect(Object.keys(health.details)).toContain('event_store');
  }, 90_000);
});
