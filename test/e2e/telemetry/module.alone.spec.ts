import { createServer } from 'node:http';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Command,
  ConfigurationError,
  HealthIndicators,
  ObservabilityModule,
} from '../../../lib/index.js';
import { TRACE_STORE } from '../../../lib/tracing/store/index.js';
import { startTelemetry } from '../../../lib/tracing/start-up/start-telemetry.js';
import type { Telemetry } from '../../../lib/tracing/start-up/telemetry.js';
import type { TelemetryOptions } from '../../../lib/tracing/start-up/options/telemetry-options.js';
import { JaegerTraceStore } from '../../../lib/tracing/store/jaeger/jaeger-trace-store.js';
import type { TraceStore } from '../../../lib/tracing/store/trace-store.js';
import { HttpReceiver } from '../../contract/otlp/http-receiver.js';
import { sampleOf } from '../../contract/text-format.js';
import { freePort } from '../../system/free-port.js';
import { RunningApplication } from '../module/running-application.js';

@Injectable()
class Orders {
  constructor(@Optional() @Inject(TRACE_STORE) readonly traces?: TraceStore) {}

  @Command('PlaceOrder')
  async place(): Promise<void> {}
}

const closing: (() => unknown)[] = [];
let telemetry: Telemetry | undefined;

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await telemetry?.shutdown();
  telemetry = undefined;
});

async function start(options: TelemetryOptions): Promise<void> {
  telemetry = await startTelemetry({ warn: () => undefined, ...options });
}

async function startApplication(
  options: Parameters<typeof ObservabilityModule.forRoot>[0] = {},
): Promise<{ application: RunningApplication; orders: Orders }> {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(options)],
    providers: [Orders],
  });
  closing.push(() => application.close());
  return { application, orders: application.app.get(Orders) };
}

describe('the trace store of an application', () => {
  it('The trace store of an application is the one in memory that telemetry was asked for', async () => {
    await start({ exporter: 'none', traceStore: true });
    const { orders } = await startApplication();
    await orders.place();
    const found = await orders.traces?.findTraces({ name: 'command PlaceOrder' });
    expect(found?.ok && found.value.map((it) => it.spans.map(({ name }) => name))).toEqual([
      ['command PlaceOrder'],
    ]);
    expect(telemetry?.traceStore).toBe(orders.traces);
  });

  it('The trace store of an application keeps to its limits, and to the sampler', async () => {
    await start({ exporter: 'none', traceStore: { maxSpans: 2 } });
    const { orders } = await startApplication();
    for (let i = 0; i < 5; i++) await orders.place();
    expect(telemetry?.traceStore?.usage()).toMatchObject({ spans: 2, droppedSpans: 3 });
    await telemetry?.shutdown();
    await start({ exporter: 'none', traceStore: true, sampler: 'never' });
    const { orders: unsampled } = await startApplication();
    await unsampled.place();
    expect(telemetry?.traceStore?.usage()).toMatchObject({ spans: 0 });
  });

  it('The trace store of an application is the one of the option, before that in memory', async () => {
    await start({ exporter: 'none', traceStore: true });
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json').end('{"data":[]}');
      asked.push(request.url ?? '');
    });
    const asked: string[] = [];
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const { port } = server.address() as { port: number };
    const store = new JaegerTraceStore({ baseUrl: `http://127.0.0.1:${port}` });
    const { orders } = await startApplication({ tracing: { store } });
    expect(orders.traces).toBe(store);
    expect(await orders.traces?.getTrace('1')).toMatchObject({ ok: false });
    expect(await orders.traces?.getTrace('a'.repeat(32))).toEqual({ ok: true, value: undefined });
    expect(asked).toEqual([expect.stringContaining('a'.repeat(32))]);
  });

  it('The trace store of an application that nobody has chosen answers with the code and the remedy', async () => {
    const { orders } = await startApplication();
    for (const answer of [await orders.traces?.findTraces(), await orders.traces?.getTrace('a')]) {
      expect(answer).toMatchObject({ ok: false, error: { code: 'OBS_TRACE_STORE_MISSING' } });
      expect(answer?.ok === false && answer.error.message).toContain('traceStore: true');
    }
  });

  it('The trace store of an application of an application with an SDK of its own says why there is none', async () => {
    trace.setGlobalTracerProvider(new BasicTracerProvider());
    closing.push(() => trace.disable());
    await start({ traceStore: true });
    const { orders } = await startApplication();
    const found = await orders.traces?.findTraces();
    expect(found?.ok === false && found.error.message).toContain('registered an OpenTelemetry SDK');
  });

  it('The trace store of an application is absent for whoever injects it without the module', () => {
    expect(new Orders().traces).toBeUndefined();
  });

  it('The trace store of an application with wrong limits does not start', async () => {
    const starting = startTelemetry({ exporter: 'none', traceStore: { maxSpans: 0 } });
    await expect(starting).rejects.toBeInstanceOf(ConfigurationError);
    await expect(starting).rejects.toThrow('a whole number from 1 to 100,000');
  });
});

describe('exports of spans in the metrics', () => {
  const EXPORTS = 'eventcore_observability_exports_total';
  const COUNT = 'eventcore_observability_export_duration_seconds_count';
  const LOST = 'eventcore_observability_errors_total';

  it('Exports of spans in the metrics are counted and timed by exporter and outcome', async () => {
    vi.spyOn(console, 'dir').mockImplementation(() => undefined);
    closing.push(() => vi.restoreAllMocks());
    const receiver = await new HttpReceiver().open();
    closing.push(() => receiver.close());
    const down = `http://127.0.0.1:${await freePort()}`;
    await start({
      exporter: [
        { type: 'otlp', endpoint: receiver.url },
        { type: 'otlp', name: 'otlp-down', endpoint: down, timeoutMs: 200 },
        { type: 'zipkin', endpoint: `${receiver.url}/api/v2/spans` },
        { type: 'console' },
      ],
    });
    const { application, orders } = await startApplication();
    const scrape = async () => (await application.get('/metrics')).text;
    const before = await scrape();
    await orders.place();
    await telemetry?.flush();
    const after = await scrape();
    const seen = (text: string, exporter: string) =>
      ['success', 'failure'].flatMap((outcome) => [
        sampleOf(text, EXPORTS, { exporter, outcome }),
        sampleOf(text, COUNT, { exporter, outcome }) ?? 0,
      ]);
    for (const exporter of ['otlp', 'otlp-down', 'zipkin', 'console']) {
      expect([exporter, seen(before, exporter)]).toEqual([exporter, [0, 0, 0, 0]]);
      const expected = exporter === 'otlp-down' ? [0, 0, 1, 1] : [1, 1, 0, 0];
      expect([exporter, seen(after, exporter)]).toEqual([exporter, expected]);
    }
    expect(sampleOf(after, LOST, { component: 'span_export' })).toBe(1);
  });
});

describe('the indicator of exporters', () => {
  it('The indicator of exporters is up while spans are taken, and degraded by those that are lost', async () => {
    const receiver = await new HttpReceiver().open();
    closing.push(() => receiver.close());
    await start({ exporter: { type: 'otlp', endpoint: receiver.url, timeoutMs: 500 } });
    const { application, orders } = await startApplication();
    const indicators = application.app.get(HealthIndicators);
    await orders.place();
    await telemetry?.flush();
    expect(indicators.exporters('spans')).toEqual({
      spans: { status: 'up', lost_ratio: 0, failing: [] },
    });
    receiver.answer = (response) => void response.writeHead(400).end();
    await orders.place();
    await telemetry?.flush();
    expect(indicators.exporters('spans')).toEqual({
      spans: { status: 'degraded', lost_ratio: 0.5, failing: [] },
    });
    expect(indicators.exporters('spans', { maxLostRatio: 0.5 }).spans.status).toBe('up');
  });
});
