import { Injectable } from '@nestjs/common';
import { once } from 'node:events';
import { request, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { Counter, Gauge, Histogram, register, Summary } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Command,
  ObservabilityModule,
  type ObservabilityModuleExtras,
  type ObservabilityOptions,
} from '../../../lib/index.js';
import {
  MetricsController,
  OPENMETRICS_CONTENT_TYPE,
  PrometheusExporter,
  TEXT_CONTENT_TYPE,
} from '../../../lib/exporters/prometheus/index.js';
import { parseOpenMetrics } from '../../contract/openmetrics-format.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { platforms, RunningApplication } from '../module/running-application.js';

@Injectable()
class Orders {
  @Command('PlaceOrder')
  async place(outcome: string): Promise<void> {
    await Promise.resolve();
    if (outcome === 'failure') throw new Error('no answer');
  }
}

let running: RunningApplication | undefined;

beforeEach(() => register.clear());

afterEach(async () => {
  await running?.close();
  running = undefined;
  register.clear();
});

async function start(
  options: ObservabilityOptions & ObservabilityModuleExtras = {},
  platform: (typeof platforms)[number] = 'express',
): Promise<RunningApplication> {
  const imports = [ObservabilityModule.forRoot(options)];
  running = await RunningApplication.start({ platform, imports, providers: [Orders] });
  return running;
}

interface RawAnswer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** As the bytes come: fetch would unpack them. */
async function scrape(url: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const asking = request(url, { headers }).end();
  const [response] = (await once(asking, 'response')) as [import('node:http').IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { headers: response.headers, body: Buffer.concat(chunks) };
}

const OPENMETRICS = { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' };

describe.each(platforms)('a scrape on %s', (platform) => {
  it('A scrape is answered in OpenMetrics when that is asked for', async () => {
    const application = await start({ serviceName: 'shop' }, platform);
    await application.app.get(Orders).place('success');
    const { headers, body } = await scrape(`${application.url}/metrics`, OPENMETRICS);
    expect(headers).toMatchObject({
      'content-type': OPENMETRICS_CONTENT_TYPE,
      'content-length': String(body.length),
      vary: 'Accept, Accept-Encoding',
    });
    const families = parseOpenMetrics(body.toString());
    expect(families.get('eventcore_commands')).toMatchObject({
      type: 'counter',
      samples: [{ name: 'eventcore_commands_total', value: 1 }],
    });
    expect(families.get('eventcore_command_duration_seconds')).toMatchObject({
      type: 'histogram',
      unit: 'seconds',
    });
    expect([...families.values()].flatMap((it) => it.samples).some(isCreated)).toBe(false);
  });

  it('A scrape is compressed when gzip is asked for, and only then', async () => {
    const application = await start({}, platform);
    const url = `${application.url}/metrics`;
    const plain = await scrape(url);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.headers['content-type']).toBe(TEXT_CONTENT_TYPE);
    const { headers, body } = await scrape(url, { 'accept-encoding': 'gzip' });
    expect(headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': TEXT_CONTENT_TYPE,
      'content-length': String(body.length),
    });
    expect(body.length).toBeLessThan(plain.body.length / 3);
    const text = gunzipSync(body).toString();
    expect(sampleOf(text, 'eventcore_commands_total')).toBe(0);
  });

  it('A scrape still varies with what others say that it varies with', async () => {
    running = await RunningApplication.start({
      platform,
      imports: [ObservabilityModule.forRoot()],
      configure: (app) =>
        app.use((_request: unknown, response: ServerResponse, next: () => void) => {
          response.setHeader('Vary', 'Origin');
          next();
        }),
    });
    const { headers } = await scrape(`${running.url}/metrics`);
    expect(headers['vary']).toBe('Origin, Accept, Accept-Encoding');
  });
});

describe('OpenMetrics', () => {
  it('The OpenMetrics text says when counters and histograms began to count, when the option asks for it', async () => {
    const before = Date.now() / 1000;
    const application = await start({ prometheus: { created: true } });
    const { body } = await scrape(`${application.url}/metrics`, OPENMETRICS);
    const samples = [...parseOpenMetrics(body.toString()).values()].flatMap((it) => it.samples);
    const created = samples.filter(isCreated).map((it) => it.value);
    expect(created.length).toBeGreaterThan(5);
    expect(Math.min(...created)).toBeGreaterThanOrEqual(before - 0.001);
    expect(Math.max(...created)).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('The OpenMetrics text holds every type of prom-client', async () => {
    new Counter({ name: 'a_total', help: 'A "quoted".' }).inc(2);
    new Counter({ name: 'odd', help: 'Without its suffix.' }).inc(3);
    new Gauge({ name: 'b_total', help: 'B.' }).set(4);
    new Histogram({ name: 'c_seconds', help: 'C.', buckets: [1, 2.5] }).observe(2);
    new Summary({ name: 'd_seconds', help: 'D.', percentiles: [0.5] }).observe(3);
    const application = await start();
    const { body } = await scrape(`${application.url}/metrics`, OPENMETRICS);
    const families = parseOpenMetrics(body.toString());
    expect(families.get('a')).toMatchObject({ type: 'counter', help: 'A "quoted".' });
    expect(families.get('odd')).toMatchObject({ type: 'unknown', samples: [{ value: 3 }] });
    expect(families.get('b_total')).toMatchObject({ type: 'unknown', samples: [{ value: 4 }] });
    expect(families.get('d_seconds')?.type).toBe('summary');
    const bounds = families.get('c_seconds')?.samples.flatMap(({ labels }) => labels['le'] ?? []);
    expect(bounds).toEqual(['1.0', '2.5', '+Inf']);
  });

  it('The OpenMetrics text is served on a port of its own too', async () => {
    const application = await start({ prometheus: { port: 0 } });
    const { headers, body } = await scrape(`${application.metricsUrl}/metrics`, {
      ...OPENMETRICS,
      'accept-encoding': 'gzip',
    });
    expect(headers['content-type']).toBe(OPENMETRICS_CONTENT_TYPE);
    expect(parseOpenMetrics(gunzipSync(body).toString()).size).toBeGreaterThan(10);
  });
});

describe('a controller whose response is neither', () => {
  it('A controller whose response is neither is given the body at once', async () => {
    const application = await start();
    const sent: unknown[] = [];
    const exporter = application.app.get(PrometheusExporter, { strict: false });
    const controller = new MetricsController(exporter);
    const response = { status: () => response, header: () => response, send: sent.push.bind(sent) };
    await controller.metrics(response as never);
    expect(parseTextFormat(String(sent[0])).has('eventcore_commands_total')).toBe(true);
  });
});

describe('a scrape of 100,000 series', () => {
  it('A scrape of 100,000 series is one instant, leaves the event loop to others, and is shared by 50 scrapers', async () => {
    const application = await start({ cardinality: { seriesLimit: 1_000_000 } });
    const { service, app } = application;
    const counter = service.counter({ name: 'shop_orders_total', help: 'O.', labels: ['id'] });
    const series = Array.from({ length: 100_000 }, (_, i) => counter.labels({ id: String(i) }));
    const ending = new AbortController();
    let turns = 0;
    const orders = app.get(Orders);
    const traffic = (async () => {
      while (!ending.signal.aborted) {
        turns++;
        await orders.place('success');
        await orders.place('failure').catch(() => undefined);
        series[turns % series.length]?.inc();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const texts = await Promise.all(Array.from({ length: 50 }, () => service.gather()));
    expect(new Set(texts).size).toBe(1);
    const turnsBefore = turns;
    await scrape(`${application.url}/metrics`, OPENMETRICS);
    expect(turns - turnsBefore).toBeGreaterThan(10);
    for (let i = 0; i < 5; i++) {
      const { body } = await scrape(`${application.url}/metrics`, OPENMETRICS);
      const families = parseOpenMetrics(body.toString());
      const valueOf = (name: string) => families.get(`eventcore_${name}`)?.samples[0]?.value ?? -1;
      expect(valueOf('commands_succeeded') + valueOf('command_errors')).toBe(valueOf('commands'));
      const { samples = [] } = families.get('shop_orders') ?? {};
      expect(samples).toHaveLength(100_000);
    }
    ending.abort();
    await traffic;
  }, 60_000);
});

const isCreated = ({ name }: { readonly name: string }) => name.endsWith('_created');
