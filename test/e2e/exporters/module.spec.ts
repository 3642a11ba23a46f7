import { Injectable, Logger } from '@nestjs/common';
import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { MetricService, OpenTelemetryModule } from 'nestjs-otel';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityMetricProducer, otlp } from '../../../lib/exporters/otlp/index.js';
import { statsd } from '../../../lib/exporters/statsd/index.js';
import {
  catalogue,
  type MetricsExporter,
  type RegistrySnapshot,
} from '../../../lib/metrics/index.js';
import {
  Command,
  ObservabilityModule,
  type ObservabilityOptions,
  Projection,
} from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { HttpMetricsReceiver } from '../../contract/otlp-metrics/metrics-receiver.js';
import type { ReceivedPoint } from '../../contract/otlp-metrics/received-points.js';
import { StatsdServer } from '../../contract/statsd/statsd-server.js';
import { type ParsedFamily, parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  metrics.disable();
});

@Injectable()
class Work {
  @Command('PlaceOrder')
  async place(fails: boolean): Promise<string> {
    if (fails) throw new Error('no');
    return 'placed';
  }

  @Projection('Revenue')
  async apply(): Promise<void> {}
}

async function start(options: ObservabilityOptions, imports: object[] = []) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(options), ...(imports as [])],
    providers: [Work],
  });
  let ended: Promise<void> | undefined;
  const end = () => (ended ??= application.close());
  closing.push(end);
  return { application, work: application.app.get(Work), end };
}

async function openReceiver(): Promise<HttpMetricsReceiver> {
  const receiver = await HttpMetricsReceiver.open();
  closing.push(() => receiver.close());
  return receiver;
}

// What changes from one reading to the next: numbers of the process and of the exports themselves.
const RESTLESS =
  /_(uptime|memory|cpu|event_loop|gc|active_resources|garbage)|_observability_|^(?!eventcore_|shop_)/;

type Values = Record<string, number>;

function valuesOf(families: Iterable<ParsedFamily>): Values {
  const samples = [...families]
    .filter(({ name }) => !RESTLESS.test(name))
    .flatMap((it) => it.samples);
  return Object.fromEntries(
    samples.map(({ name, labels: { service: _service, ...own }, value }) => [
      keyOf(name, own),
      value,
    ]),
  );
}

const keyOf = (name: string, labels: Readonly<Record<string, unknown>>) =>
  JSON.stringify([name, Object.entries(labels).toSorted()]);

/** What Prometheus would show of points: buckets add up there. */
function valuesOfPoints(points: readonly ReceivedPoint[], names: Map<string, string>): Values {
  const values: Values = {};
  for (const { name: otelName, kind, attributes, value, ...it } of points) {
    const name = names.get(otelName) ?? otelName.replaceAll('.', '_');
    if (RESTLESS.test(name)) continue;
    if (kind !== 'histogram') {
      values[keyOf(name, attributes)] = value;
      continue;
    }
    let sum = 0;
    it.counts.forEach((count, i) => {
      const le = it.bounds[i] === undefined ? '+Inf' : String(it.bounds[i]);
      values[keyOf(`${name}_bucket`, { ...attributes, le })] = sum += count;
    });
    values[keyOf(`${name}_count`, attributes)] = it.count;
    values[keyOf(`${name}_sum`, attributes)] = it.sum;
  }
  return values;
}

const otelNames = new Map(
  catalogue.flatMap((domain) =>
    domain.metrics.flatMap(({ otelName, name }) =>
      otelName === undefined ? [] : [[otelName, name]],
    ),
  ) as [string, string][],
);

describe('several exporters at once', () => {
  it('Several exporters at once have the values of /metrics', async () => {
    const receivers = { cumulative: await openReceiver(), delta: await openReceiver() };
    const server = await new StatsdServer().open();
    closing.push(() => server.close());
    const { application, work, end } = await start({
      serviceName: 'shop',
      clock: new ManualClock(),
      exporters: [
        otlp({ endpoint: receivers.cumulative.url }),
        otlp({ endpoint: receivers.delta.url, temporality: 'delta', name: 'otlp_delta' }),
        statsd({ port: server.port }),
      ],
    });
    application.service
      .histogram({ name: 'shop_basket_items', help: 'Items.', buckets: [1, 5] })
      .observe(3);
    await work.place(false);
    await work.place(true).catch(() => undefined);
    await work.apply();
    const { text } = await application.get('/metrics');
    const shown = valuesOf(parseTextFormat(text).values());
    expect(shown[keyOf('eventcore_commands_total', { command_type: 'PlaceOrder' })]).toBe(2);
    await end();
    for (const { taken } of Object.values(receivers)) {
      expect(taken).toHaveLength(1);
      const [points = []] = taken;
      const received = valuesOfPoints(points, otelNames);
      // The request to /metrics ended after it was answered.
      const requests = ([key]: [string, number]) => !/_api_|_request/.test(key);
      const pick = (it: Values) => Object.fromEntries(Object.entries(it).filter(requests));
      expect(pick(received)).toEqual(pick(shown));
      expect(Object.keys(pick(received)).length).toBeGreaterThan(80);
      expect(points[0]?.resource['service.name']).toBe('shop');
    }
    expect(server.sum('eventcore_commands_total', 'command_type:PlaceOrder')).toBe(2);
    expect(server.sum('eventcore_command_errors_total', 'service:shop')).toBe(1);
    expect(server.sum('shop_basket_items_sum')).toBe(3);
  });

  it('Several exporters at once are counted by their names, which are made different', async () => {
    const exporting: MetricsExporter = {
      name: 'memory',
      open: () => ({ intervalMs: 5, timeoutMs: 100, export: async () => undefined }),
    };
    const failing: MetricsExporter = {
      name: 'memory',
      open: () => ({
        ...{ intervalMs: 5, timeoutMs: 100 },
        export: () => Promise.reject(new Error('no')),
      }),
    };
    const { application } = await start({ exporters: [exporting, failing] });
    const total = (text: string, exporter: string, outcome: string) =>
      sampleOf(text, 'eventcore_observability_exports_total', { exporter, outcome }) ?? 0;
    let { text } = await application.get('/metrics');
    while (total(text, 'memory', 'success') < 2 || total(text, 'memory_2', 'failure') < 2) {
      ({ text } = await application.get('/metrics'));
    }
    expect(total(text, 'memory', 'failure')).toBe(0);
    expect(total(text, 'memory_2', 'success')).toBe(0);
    expect(
      sampleOf(text, 'eventcore_observability_errors_total', { component: 'memory_2' }),
    ).toBeGreaterThanOrEqual(2);
  });
});

describe('the end of the application', () => {
  it('The end of the application exports once more, and then closes the exporter', async () => {
    const events: string[] = [];
    const recorder: MetricsExporter = {
      name: 'recorder',
      open: () => ({
        intervalMs: 3_600_000,
        timeoutMs: 1_000,
        export: async ({ metrics: all }: RegistrySnapshot) => {
          const commands = all.find((it) => it.definition.name === 'eventcore_commands_total');
          events.push(`exported ${commands?.blocks[0]?.values[0]}`);
        },
        close: () => void events.push('closed'),
      }),
    };
    const { work, end } = await start({ exporters: [recorder] });
    await work.place(false);
    await end();
    expect(events).toEqual(['exported 1', 'closed']);
  });

  it('The end of the application waits no longer than 5 s for targets that hang', async () => {
    const receiver = await openReceiver();
    receiver.state = 'hanging';
    const { end } = await start({
      exporters: [otlp({ endpoint: receiver.url, timeoutMs: 60_000 })],
    });
    const startedMs = performance.now();
    await end();
    expect(performance.now() - startedMs).toBeLessThan(6_500);
  });
});

describe('the start of the application', () => {
  const opened: string[] = [];
  const good: MetricsExporter = {
    name: 'good',
    open: () => {
      opened.push('opened');
      return { close: () => void opened.push('closed') };
    },
  };

  it('The start of the application ends with the error of an exporter that cannot work, and closes the others', async () => {
    const broken: MetricsExporter = {
      name: 'broken',
      open: () => Promise.reject(new Error('no licence')),
    };
    await expect(start({ exporters: [good, broken] })).rejects.toThrow('no licence');
    expect(opened.splice(0)).toEqual(['opened', 'closed']);
  });

  it('The start of the application opens nothing when nothing is recorded', async () => {
    const { end } = await start({ enabled: false, exporters: [good] });
    await end();
    expect(opened).toEqual([]);
  });
});

describe('a reader of the OpenTelemetry SDK', () => {
  function openReader(producer: ObservabilityMetricProducer) {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, metricProducers: [producer] });
    const provider = new MeterProvider({ readers: [reader] });
    closing.push(() => provider.shutdown());
    const read = async (): Promise<MetricData[]> => {
      exporter.reset();
      await reader.forceFlush();
      return exporter
        .getMetrics()
        .flatMap((it) => it.scopeMetrics)
        .flatMap((it) => it.metrics);
    };
    return { provider, read };
  }

  const valueOf = (all: readonly MetricData[], name: string) =>
    all.find((it) => it.descriptor.name === name)?.dataPoints[0]?.value;

  it('A reader of the OpenTelemetry SDK gets all metrics beside those of MetricService of nestjs-otel', async () => {
    const producer = new ObservabilityMetricProducer();
    const { provider, read } = openReader(producer);
    metrics.setGlobalMeterProvider(provider);
    const before = metrics.getMeterProvider();
    const { application, work, end } = await start({ exporters: [producer] }, [
      OpenTelemetryModule.forRoot({ metrics: {} } as never),
    ]);
    application.app.get(MetricService, { strict: false }).getCounter('own_orders').add(4);
    await work.place(false);
    const all = await read();
    expect(valueOf(all, 'own_orders')).toBe(4);
    expect(valueOf(all, 'eventcore.commands.total')).toBe(1);
    expect(valueOf(all, 'eventcore.commands.duration')).toMatchObject({ count: 1 });
    expect(metrics.getMeterProvider()).toBe(before);
    const { text } = await application.get('/metrics');
    const exports = 'eventcore_observability_exports_total';
    const labels = { exporter: 'metric_producer', outcome: 'success' };
    expect(sampleOf(text, exports, labels)).toBe(1);
    await end();
    expect(valueOf(await read(), 'eventcore.commands.total')).toBeUndefined();
  });

  it('A reader of the OpenTelemetry SDK gets deltas from one collection to the next when it asks for them', async () => {
    const producer = new ObservabilityMetricProducer({ temporality: 'delta' });
    const { work } = await start({ exporters: [producer] });
    const collect = async () => {
      const { resourceMetrics, errors } = await producer.collect();
      expect(errors).toEqual([]);
      return resourceMetrics.scopeMetrics.flatMap((it) => it.metrics);
    };
    await work.place(false);
    await work.place(false);
    expect(valueOf(await collect(), 'eventcore.commands.total')).toBe(2);
    await work.place(false);
    const all = await collect();
    expect(valueOf(all, 'eventcore.commands.total')).toBe(1);
    expect(
      all.find((it) => it.descriptor.name === 'eventcore.commands.total')?.aggregationTemporality,
    ).toBe(AggregationTemporality.DELTA);
  });

  it('A reader of the OpenTelemetry SDK gets nothing, and no error, before an application is started', async () => {
    expect(await new ObservabilityMetricProducer().collect()).toMatchObject({
      resourceMetrics: { scopeMetrics: [] },
      errors: [],
    });
  });
});
