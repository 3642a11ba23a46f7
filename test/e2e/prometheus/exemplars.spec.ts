import { Injectable } from '@nestjs/common';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Counter, Histogram, register, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Command,
  ObservabilityModule,
  type ObservabilityModuleExtras,
  Projection,
  Query,
} from '../../../lib/index.js';
import {
  TRACE_STORE,
  InMemoryTraceStore,
  type TraceStore,
} from '../../../lib/tracing/store/index.js';
import { parseOpenMetrics } from '../../contract/openmetrics-format.js';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { systemProgram } from '../../system/system-program.js';
import { RunningApplication } from '../module/running-application.js';

const prometheus = systemProgram('prometheus');

@Injectable()
class Shop {
  @Command({ name: 'PlaceOrder', buckets: [1, 60] })
  async place(sku: string): Promise<string | undefined> {
    if (sku === 'broken') throw new Error('no answer');
    return trace.getActiveSpan()?.spanContext().traceId;
  }

  @Query('GetOrder')
  async get(): Promise<number> {
    return 1;
  }

  @Projection('order-summary')
  async on(_event: object): Promise<void> {
    await Promise.resolve();
  }
}

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Parts {
  readonly sampler?: Sampler;
  readonly prometheus?: ObservabilityModuleExtras['prometheus'];
}

async function start({ sampler, prometheus: options = {} }: Parts = {}) {
  const store = new InMemoryTraceStore();
  const provider = new BasicTracerProvider({
    spanProcessors: [store],
    ...(sampler && { sampler }),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  closing.push(() => (trace.disable(), context.disable()));
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ prometheus: options, tracing: { store } })],
    providers: [Shop],
  });
  closing.push(() => application.close());
  const traces = application.app.get<TraceStore>(TRACE_STORE, { strict: false });
  return { application, traces, shop: application.app.get(Shop) };
}

async function bucketsOf(application: RunningApplication, metric: string) {
  const headers = { accept: 'application/openmetrics-text' };
  const { text } = await application.get('/metrics', { headers });
  const { samples = [] } = parseOpenMetrics(text).get(`eventcore_${metric}`) ?? {};
  return samples.filter(({ name }) => name.endsWith('_bucket'));
}

async function exemplarsOf(application: RunningApplication, metric: string) {
  const buckets = await bucketsOf(application, metric);
  return buckets.flatMap(({ exemplar, labels }) => (exemplar ? [{ ...exemplar, of: labels }] : []));
}

describe('metrics of prom-client', () => {
  const { OPENMETRICS_CONTENT_TYPE, PROMETHEUS_CONTENT_TYPE } = Registry;

  beforeEach(() => register.setContentType(OPENMETRICS_CONTENT_TYPE as never));

  afterEach(() => {
    register.clear();
    register.setContentType(PROMETHEUS_CONTENT_TYPE);
  });

  async function exemplars(application: RunningApplication) {
    const headers = { accept: 'application/openmetrics-text' };
    const { text } = await application.get('/metrics', { headers });
    const families = [...parseOpenMetrics(text).values()].filter(({ name }) =>
      name.startsWith('own_'),
    );
    return families.flatMap(({ samples }) =>
      samples.flatMap(({ name, labels, exemplar }) =>
        exemplar ? [[name, labels['le'], exemplar] as const] : [],
      ),
    );
  }

  it('Metrics of prom-client keep their exemplars on the page', async () => {
    const sold = new Counter({ name: 'own_sold_total', help: 'Sold.', enableExemplars: true });
    const wait = new Histogram({
      name: 'own_wait_seconds',
      help: 'Wait.',
      labelNames: ['queue'],
      buckets: [0.1, 5],
      enableExemplars: true,
    });
    const lent = new Counter({ name: 'own_lent', help: 'Lent.', enableExemplars: true });
    const { application } = await start();
    sold.inc({ value: 3, exemplarLabels: { trace_id: 'a"b', order: '7' } });
    lent.inc({ exemplarLabels: { trace_id: 'c' } });
    for (const [i, value] of [0.05, 2, 60].entries()) {
      // The declaration of prom-client knows no labels of exemplars but those of the metric.
      const exemplarLabels = { trace_id: String(i + 1) } as object;
      wait.observe({ labels: { queue: 'a' }, value, exemplarLabels });
    }
    const timestamp = expect.closeTo(Date.now() / 1000, -2);
    const expected = [
      [
        'own_sold_total',
        undefined,
        { labels: { trace_id: 'a"b', order: '7' }, value: 3, timestamp },
      ],
      ['own_wait_seconds_bucket', '0.1', { labels: { trace_id: '1' }, value: 0.05, timestamp }],
      ['own_wait_seconds_bucket', '5.0', { labels: { trace_id: '2' }, value: 2, timestamp }],
      ['own_wait_seconds_bucket', '+Inf', { labels: { trace_id: '3' }, value: 60, timestamp }],
      ['own_lent_total', undefined, { labels: { trace_id: 'c' }, value: 1, timestamp }],
    ];
    expect(await exemplars(application)).toEqual(expected);
    // Its own page renames counters.
    await register.metrics();
    expect(await exemplars(application)).toEqual(expected);
    expect((await application.get('/metrics')).text).not.toContain('trace_id');
  });

  it('Metrics of prom-client have no exemplars when the option says so', async () => {
    const sold = new Counter({ name: 'own_sold_total', help: 'Sold.', enableExemplars: true });
    const { application } = await start({ prometheus: { exemplars: false } });
    sold.inc({ exemplarLabels: { trace_id: '1' } });
    expect(await exemplars(application)).toEqual([]);
  });

  it('Metrics of prom-client lose an exemplar that OpenMetrics does not allow, and no other', async () => {
    const sold = new Counter({
      name: 'own_sold_total',
      help: 'Sold.',
      labelNames: ['kind'],
      enableExemplars: true,
    });
    const { application } = await start();
    const inc = (kind: string, exemplarLabels: object) =>
      sold.inc({ labels: { kind }, exemplarLabels: exemplarLabels as never });
    inc('name', { 'trace-id': '1', span_id: '2' });
    inc('none', { trace_id: undefined });
    inc('number', { attempt: 4 });
    const labels = (await exemplars(application)).map(([, , exemplar]) => exemplar.labels);
    expect(labels).toEqual([{ span_id: '2' }, {}, { attempt: '4' }]);
  });
});

describe('a bucket', () => {
  it('A histogram bucket shows the most recent sampled span of a command, a query, a projection and an event store', async () => {
    const { application, traces, shop } = await start();
    const before = Date.now() / 1000;
    await shop.place('a');
    const newest = await shop.place('b');
    await shop.place('broken').catch(() => undefined);
    await shop.get();
    await shop.on({ type: 'OrderPlaced' });
    application.service.startEventStoreOperation('append', 'order').succeed({ events: 1 });
    application.service.startEventStoreOperation('read', 'order').fail(new Error('no answer'));

    const commands = await exemplarsOf(application, 'command_duration_seconds');
    expect(commands.map(({ of }) => of['outcome'])).toEqual(['success', 'failure']);
    expect(commands[0]?.labels['trace_id']).toBe(newest);
    expect(Object.keys(commands[0]?.labels ?? {})).toEqual(['trace_id', 'span_id']);
    expect(commands[0]?.timestamp).toBeGreaterThanOrEqual(before - 0.001);
    expect(commands[0]?.timestamp).toBeLessThanOrEqual(Date.now() / 1000);
    const found = await traces.getTrace(newest ?? '');
    const spans = found.ok ? (found.value?.spans ?? []) : [];
    expect(spans.map((it) => it.spanId)).toEqual([commands[0]?.labels['span_id']]);

    expect(await exemplarsOf(application, 'query_duration_seconds')).toHaveLength(1);
    expect(await exemplarsOf(application, 'projection_duration_seconds')).toHaveLength(1);
    const operations = await exemplarsOf(application, 'event_store_latency_seconds');
    expect(operations.map(({ of }) => [of['operation'], of['outcome']])).toEqual([
      ['append', 'success'],
      ['read', 'failure'],
    ]);
  });

  it.each<[string, Sampler]>([
    ['not sampled', new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0) })],
    [
      'recorded without being sampled',
      { shouldSample: () => ({ decision: SamplingDecision.RECORD }), toString: () => 'Recorder' },
    ],
  ])('A histogram bucket shows nothing of a span that is %s', async (_title, sampler) => {
    const { application, shop } = await start({ sampler });
    await shop.place('a');
    expect(await exemplarsOf(application, 'command_duration_seconds')).toEqual([]);
    const [first] = await bucketsOf(application, 'command_duration_seconds');
    expect(first?.value).toBe(1);
  });

  it('A histogram bucket shows none in text 0.0.4, and none when the option says so', async () => {
    const { application, shop } = await start({ prometheus: { exemplars: false } });
    await shop.place('a');
    expect(await exemplarsOf(application, 'command_duration_seconds')).toEqual([]);
    expect((await application.get('/metrics')).text).not.toContain('trace_id');
  });
});

// Needs Debian's prometheus.
describe.skipIf(prometheus === undefined)('Prometheus with its storage of exemplars', () => {
  it('Prometheus with its storage of exemplars leads from a bucket to a trace that the store has', async () => {
    const { application, traces, shop } = await start({ prometheus: { created: true } });
    const folder = mkdtempSync(join(tmpdir(), 'exemplars-'));
    const config = join(folder, 'prometheus.yml');
    writeFileSync(
      config,
      `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ['${new URL(application.url).host}'] }]
`,
    );
    const port = await freePort();
    const server: ChildProcess = spawn(
      prometheus as string,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--enable-feature=exemplar-storage',
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    closing.push(async () => {
      server.kill('SIGTERM');
      if (server.exitCode === null) await once(server, 'exit');
      rmSync(folder, { recursive: true, force: true });
    });
    await shop.place('a');
    const query = encodeURIComponent('eventcore_command_duration_seconds_bucket');
    const url = `http://127.0.0.1:${port}/api/v1/query_exemplars?query=${query}&start=0&end=9999999999`;
    const exemplar = await poll(
      async () => {
        const answer = (await (await fetch(url)).json()) as {
          data: {
            seriesLabels: Record<string, string>;
            exemplars: { labels: Record<string, string>; value: string }[];
          }[];
        };
        const [series] = answer.data;
        return series && { ...series.exemplars[0], of: series.seriesLabels };
      },
      { what: 'an exemplar', timeoutMs: 60_000 },
    );
    expect(exemplar.of).toMatchObject({ command_type: 'PlaceOrder', le: '1.0' });
    const found = await traces.getTrace(exemplar.labels?.['trace_id'] ?? '');
    const spans = found.ok ? (found.value?.spans ?? []) : [];
    expect(spans.map((it) => [it.name, it.spanId])).toContainEqual([
      'command PlaceOrder',
      exemplar.labels?.['span_id'],
    ]);
    const targets = (await (await fetch(`http://127.0.0.1:${port}/api/v1/targets`)).json()) as {
      data: { activeTargets: { health: string; lastError: string }[] };
    };
    expect(targets.data.activeTargets).toMatchObject([{ health: 'up', lastError: '' }]);
  }, 90_000);
});
