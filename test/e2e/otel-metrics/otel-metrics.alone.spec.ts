import { Injectable } from '@nestjs/common';
import { metrics, ValueType } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { MetricService, OpenTelemetryModule, OtelMethodCounter } from 'nestjs-otel';
import { meterData } from 'nestjs-otel/lib/metrics/metric-data.js';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ObservabilityModule,
  ObservabilityService,
  type ObservabilityOptions,
} from '../../../lib/index.js';
import {
  otelMetrics,
  type OtelMetricsOptions,
  otelReader,
} from '../../../lib/integrations/otel-metrics/index.js';
import { meterSlot } from '../../../lib/integrations/otel-metrics/meter-slot.js';
import { startTelemetry } from '../../../lib/tracing/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

const running: { close(): unknown }[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
  metrics.disable();
  const slot = meterSlot();
  slot.readers.length = 0;
  slot.isRegistered = false;
  delete slot.otherProvider;
  meterData.clear();
});

@Injectable()
class Mail {
  constructor(private readonly service: MetricService) {
    // Before the module has started.
    this.service.getCounter('mail.constructed').add(1);
  }

  @OtelMethodCounter()
  send(to: string): string {
    this.service.getHistogram('mail.size', { unit: 'By' }).record(12, { 'mail.kind': to });
    return to;
  }
}

async function start(options: OtelMetricsOptions = {}, module: ObservabilityOptions = {}) {
  const plugins = [otelMetrics(options)];
  const application = await RunningApplication.start({
    imports: [OpenTelemetryModule.forRoot(), ObservabilityModule.forRoot({ ...module, plugins })],
    providers: [Mail],
    configure: (app) => app.enableShutdownHooks(),
  });
  running.push(application);
  const observability = application.app.get(ObservabilityService);
  const page = async () => (await application.get('/metrics')).text;
  return { application, observability, page, mail: application.app.get(Mail) };
}

const scope = (name: string) => ({ otel_scope_name: name });

describe('metrics of nestjs-otel', () => {
  it('MetricService and OtelMethodCounter are on the page, also what a constructor recorded', async () => {
    const { mail, page } = await start();
    mail.send('a');
    mail.send('a');
    const text = await page();
    const meter = 'nestjs-otel';
    expect(sampleOf(text, 'mail_constructed_total', scope(meter))).toBe(1);
    expect(sampleOf(text, 'app_Mail_send_calls_total', scope(meter))).toBe(2);
    const size = { mail_kind: 'a', ...scope(meter) };
    expect(sampleOf(text, 'mail_size_bytes_count', size)).toBe(2);
    expect(sampleOf(text, 'mail_size_bytes_sum', size)).toBe(24);
  });
});

describe('metrics of the OpenTelemetry API', () => {
  it('Each synchronous instrument has its type, name and unit on the page', async () => {
    const { page } = await start();
    const meter = metrics.getMeter('shop', '1.2.0');
    const labels = { ...scope('shop'), otel_scope_version: '1.2.0' };
    meter
      .createCounter('orders', { description: 'Orders.', unit: '{orders}' })
      .add(2, { 'a.b': 1 });
    meter.createUpDownCounter('queue.size').add(-3);
    meter.createGauge('fill', { unit: '1' }).record(0.5);
    const advice = { explicitBucketBoundaries: [0.1, 1] };
    meter.createHistogram('http.server.request.duration', { unit: 's', advice }).record(0.5);
    const text = await page();
    expect(text).toContain('# HELP orders_total Orders.\n# TYPE orders_total counter\n');
    expect(sampleOf(text, 'orders_total', { a_b: '1', ...labels })).toBe(2);
    expect(text).toContain('# TYPE queue_size gauge\n');
    expect(sampleOf(text, 'queue_size', labels)).toBe(-3);
    expect(sampleOf(text, 'fill_ratio', labels)).toBe(0.5);
    const bucket = 'http_server_request_duration_seconds_bucket';
    expect(sampleOf(text, bucket, { ...labels, le: '0.1' })).toBe(0);
    expect(sampleOf(text, bucket, { ...labels, le: '1' })).toBe(1);
    expect(text).not.toContain(
      `${bucket}{otel_scope_name="shop",otel_scope_version="1.2.0",le="5"`,
    );
  });

  it('Observable instruments are observed with each scrape, by synchronous, asynchronous and batch callbacks', async () => {
    const { page } = await start({ scopeLabels: false });
    const meter = metrics.getMeter('shop');
    let reads = 0;
    meter.createObservableGauge('temperature', { unit: 'Cel' }).addCallback((result) => {
      result.observe(20 + ++reads, { room: 'a' });
      if (reads === 1) result.observe(5, { room: 'b' });
    });
    meter.createObservableCounter('bytes.read', { unit: 'By' }).addCallback(async (result) => {
      await new Promise((resolve) => setImmediate(resolve));
      result.observe(reads * 100);
    });
    const used = meter.createObservableUpDownCounter('memory.used');
    const free = meter.createObservableUpDownCounter('memory.free');
    meter.addBatchObservableCallback(
      (result) => {
        result.observe(used, 7);
        result.observe(free, 3, { node: 1 });
      },
      [used, free],
    );
    const first = await page();
    expect(sampleOf(first, 'temperature_celsius', { room: 'a' })).toBe(21);
    expect(sampleOf(first, 'temperature_celsius', { room: 'b' })).toBe(5);
    expect(sampleOf(first, 'bytes_read_total', {})).toBe(100);
    expect(sampleOf(first, 'memory_used', {})).toBe(7);
    expect(sampleOf(first, 'memory_free', { node: '1' })).toBe(3);
    const second = await page();
    expect(reads).toBe(2);
    expect(sampleOf(second, 'temperature_celsius', { room: 'a' })).toBe(22);
    expect(second).not.toContain('room="b"');
    expect(sampleOf(second, 'bytes_read_total', {})).toBe(200);
  });

  it('A callback that throws, rejects, hangs or observes text is refused and counted, and others go on', async () => {
    const { page } = await start({ scopeLabels: false, callbackTimeoutMs: 50 });
    const meter = metrics.getMeter('shop');
    const gauge = (name: string) => meter.createObservableGauge(name);
    gauge('throwing').addCallback((result) => {
      result.observe(1);
      throw new Error('no');
    });
    gauge('rejecting').addCallback(async () => {
      throw new Error('no');
    });
    gauge('hanging').addCallback(() => new Promise<void>(() => {}));
    gauge('texts').addCallback((result) => result.observe('7' as never));
    gauge('fine').addCallback((result) => result.observe(1));
    const text = await page();
    expect(sampleOf(text, 'fine', {})).toBe(1);
    for (const it of ['throwing', 'rejecting', 'hanging', 'texts']) {
      expect(text).not.toMatch(new RegExp(`^${it} `, 'm'));
    }
    const faults = { component: 'meter' };
    const later = await page();
    const count = sampleOf(later, 'eventcore_observability_errors_total', faults) ?? 0;
    expect(count).toBeGreaterThanOrEqual(4);
  });

  it('Bad values, attributes and names never throw and are counted', async () => {
    const { page } = await start({ scopeLabels: false });
    const meter = metrics.getMeter('shop');
    const counter = meter.createCounter('bad');
    const histogram = meter.createHistogram('bad.h');
    for (const value of [undefined, null, 'x', 1n, Number.NaN, Infinity, -1, {}, Symbol('s')]) {
      counter.add(value as never);
      histogram.record(value as never);
    }
    const thrower = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    counter.add(1, thrower);
    counter.add(1, { symbol: Symbol('s') } as never);
    counter.add(1, null as never);
    expect(() => meter.createCounter('').add(1)).not.toThrow();
    expect(() => meter.createCounter(7 as never).add(1)).not.toThrow();
    expect(() => meter.createObservableGauge('g').addCallback('no' as never)).not.toThrow();
    meter.createCounter('whole', { valueType: ValueType.INT }).add(2.9);
    const text = await page();
    expect(sampleOf(text, 'whole_total', {})).toBe(2);
    expect(text).toMatch(/^bad_total 2$/m);
    expect(text).not.toContain('NaN');
    const refused = sampleOf(text, 'eventcore_observability_errors_total', {
      component: 'metrics',
    });
    expect(refused).toBe(18);
  });

  it('A name that the application has already is refused, and the first owner keeps it', async () => {
    const { observability, page } = await start({ scopeLabels: false });
    observability.counter({ name: 'orders_total', help: 'Orders.' }).inc(5);
    expect(() => metrics.getMeter('shop').createCounter('orders').add(1)).not.toThrow();
    const text = await page();
    expect(sampleOf(text, 'orders_total', {})).toBe(5);
    expect(sampleOf(text, 'eventcore_observability_errors_total', { component: 'meter' })).toBe(1);
  });

  it('The series limits and label rules of the module hold', async () => {
    const cardinality = { perMetric: { visits_total: 3 }, labels: { tenant: { allow: ['a'] } } };
    const { observability, page } = await start({ scopeLabels: false }, { cardinality });
    const visits = metrics.getMeter('shop').createCounter('visits');
    for (let i = 0; i < 10; i++) visits.add(1, { user: i });
    const tenants = metrics.getMeter('shop').createCounter('tenants');
    tenants.add(1, { tenant: 'b' });
    const text = await page();
    expect(sampleOf(text, 'visits_total', { user: '__other__' })).toBe(7);
    expect(sampleOf(text, 'tenants_total', { tenant: '__other__' })).toBe(1);
    const folded = observability.diagnose('visits_total');
    expect(folded.reasons.join()).toContain('series limit of 3');
  });

  it('Views rename, choose buckets and attribute keys, and leave metrics out', async () => {
    const views = [
      { instrument: 'secret.*', drop: true },
      { instrument: 'http.*', meter: 'shop', name: 'shop.requests', attributeKeys: ['route'] },
      { instrument: '*.duration', buckets: [1, 2], description: 'Taken time.' },
    ];
    const { page } = await start({ views, scopeLabels: false });
    const meter = metrics.getMeter('shop');
    meter.createCounter('secret.count').add(1);
    for (const user of ['a', 'b'])
      meter.createCounter('http.requests').add(1, { route: '/', user });
    meter.createHistogram('job.duration', { unit: 's' }).record(1.5);
    const text = await page();
    expect(text).not.toContain('secret');
    expect(sampleOf(text, 'shop_requests_total', { route: '/' })).toBe(2);
    expect(text).not.toContain('user=');
    expect(text).toContain('# HELP job_duration_seconds Taken time.');
    expect(sampleOf(text, 'job_duration_seconds_bucket', { le: '2' })).toBe(1);
  });
});

describe('the MeterProvider of a process', () => {
  it('Instruments that were made too early record nothing, and diagnose() says so', async () => {
    const early = metrics.getMeter('early').createCounter('early');
    const { observability, page } = await start();
    expect(observability.diagnose().hints).toEqual([]);
    early.add(1);
    expect(await page()).not.toContain('early_total');
    const [hint] = observability.diagnose().hints;
    expect(hint).toContain('1 calls recorded nothing');
    expect(hint).toContain('OTEL_METRICS_EXPORTER=prometheus');
  });

  it('Instruments outlive an application and record in the next one', async () => {
    const first = await start({ scopeLabels: false });
    const counter = metrics.getMeter('shop').createCounter('kept');
    counter.add(1);
    expect(sampleOf(await first.page(), 'kept_total', {})).toBe(1);
    await running.pop()?.close();
    counter.add(1);
    const second = await start({ scopeLabels: false });
    counter.add(1);
    expect(sampleOf(await second.page(), 'kept_total', {})).toBe(1);
  });

  it('Metrics of an own MeterProvider with our reader are on the page, by the same rules', async () => {
    const provider = new MeterProvider({ readers: [otelReader()] });
    metrics.setGlobalMeterProvider(provider);
    const { observability, mail, page } = await start();
    mail.send('b');
    const meter = metrics.getMeter('own');
    meter.createCounter('orders', { unit: '{orders}' }).add(2, { 'a.b': 'x' });
    meter.createObservableGauge('level', { unit: '1' }).addCallback((it) => it.observe(0.25));
    const advice = { explicitBucketBoundaries: [1, 2] };
    meter.createHistogram('wait', { unit: 's', advice }).record(1.5);
    meter.createUpDownCounter('open').add(-1);
    const text = await page();
    expect(sampleOf(text, 'orders_total', { a_b: 'x', ...scope('own') })).toBe(2);
    expect(sampleOf(text, 'level_ratio', scope('own'))).toBe(0.25);
    expect(sampleOf(text, 'wait_seconds_bucket', { ...scope('own'), le: '2' })).toBe(1);
    expect(sampleOf(text, 'wait_seconds_sum', scope('own'))).toBe(1.5);
    expect(sampleOf(text, 'open', scope('own'))).toBe(-1);
    expect(text).toMatch(/^app_Mail_send_calls_total\{.*\} 1$/m);
    expect(observability.diagnose().hints).toEqual([]);
    await provider.shutdown();
  });

  it('An own MeterProvider without our reader is left alone, and diagnose() says what to do', async () => {
    const provider = new MeterProvider();
    metrics.setGlobalMeterProvider(provider);
    const { observability } = await start();
    expect(metrics.getMeterProvider()).toBe(provider);
    expect(observability.diagnose().hints.join()).toContain('readers: [otelReader()]');
  });
});

describe('startTelemetry() with metrics', () => {
  it('Instruments that are made before the module is loaded record, until the telemetry is shut down', async () => {
    const telemetry = await startTelemetry({ metrics: true, exporter: 'none' });
    running.push({ close: () => telemetry.shutdown() });
    const early = metrics.getMeter('early').createCounter('early');
    early.add(1, { a: 'b' });
    const { page, observability } = await start({ scopeLabels: false });
    early.add(2, { a: 'b' });
    expect(sampleOf(await page(), 'early_total', { a: 'b' })).toBe(3);
    expect(observability.diagnose().hints).toEqual([]);
  });

  it('The provider without the plugin has no effect, and diagnose() says so', async () => {
    const telemetry = await startTelemetry({ metrics: true, exporter: 'none' });
    running.push({ close: () => telemetry.shutdown() });
    const application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot()],
    });
    running.push(application);
    const { hints } = application.app.get(ObservabilityService).diagnose();
    expect(hints.join()).toContain('without the plugin otelMetrics()');
  });
});
