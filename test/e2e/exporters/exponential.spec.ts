import { Injectable, Logger } from '@nestjs/common';
import { DataPointType, InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics';
import { AggregationTemporality, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityMetricProducer, otlp } from '../../../lib/exporters/otlp/index.js';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import type { ExporterContext, MetricsExporter } from '../../../lib/metrics/index.js';
import { HttpMetricsReceiver } from '../../contract/otlp-metrics/metrics-receiver.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

@Injectable()
class Work {
  @Command('PlaceOrder')
  async place(): Promise<void> {}
}

async function start(exporters: readonly MetricsExporter[]) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ exporters })],
    providers: [Work],
  });
  let ended: Promise<void> | undefined;
  const end = () => (ended ??= application.close());
  closing.push(end);
  return { work: application.app.get(Work), end };
}

async function openReceiver() {
  const receiver = await HttpMetricsReceiver.open();
  closing.push(() => receiver.close());
  return receiver;
}

const durations = (receiver: HttpMetricsReceiver) =>
  receiver.taken
    .flat()
    .filter(
      ({ name, attributes }) =>
        /commands\.duration/.test(name) && attributes['outcome'] === 'success',
    );

describe('exponential histograms', () => {
  it('Exponential histograms go to the exporter that asks for them, explicit ones to the other', async () => {
    const [exponential, explicit] = [await openReceiver(), await openReceiver()];
    const { work, end } = await start([
      otlp({ endpoint: exponential.url, histograms: 'exponential' }),
      otlp({ endpoint: explicit.url, name: 'explicit' }),
    ]);
    for (let i = 0; i < 7; i++) await work.place();
    await end();
    const [buckets] = durations(explicit);
    const [point] = durations(exponential);
    expect(buckets).toMatchObject({ kind: 'histogram', count: 7 });
    expect(point).toMatchObject({ kind: 'exponentialHistogram', count: 7, sum: buckets?.sum });
    const counts = Object.values(point?.exponential?.positive ?? {});
    expect(counts.reduce((sum, it) => sum + it, point?.exponential?.zeroCount ?? 0)).toBe(7);
    // Kept aside by their observers, and told when somebody reads: attempts of a command.
    const attempts = exponential.taken.flat().find(({ name }) => /attempts/.test(name));
    expect(attempts?.exponential).toMatchObject({ scale: 20, positive: { [-1]: 7 } });
  });

  it('Exponential histograms go to a reader of the SDK that asks for them', async () => {
    const producer = new ObservabilityMetricProducer({ histograms: 'exponential' });
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, metricProducers: [producer] });
    const provider = new MeterProvider({ readers: [reader] });
    const { work } = await start([producer]);
    await work.place();
    await provider.forceFlush();
    const metrics = exporter
      .getMetrics()
      .flatMap((it) => it.scopeMetrics.flatMap((s) => s.metrics));
    const attempts = metrics.find(({ descriptor }) => /attempts/.test(descriptor.name));
    expect(attempts?.dataPointType).toBe(DataPointType.EXPONENTIAL_HISTOGRAM);
    expect(attempts?.dataPoints[0]?.value).toEqual({
      count: 1,
      sum: 1,
      scale: 20,
      zeroCount: 0,
      positive: { offset: -1, bucketCounts: [1] },
      negative: { offset: 0, bucketCounts: [] },
    });
    await provider.shutdown();
  });

  it('Exponential histograms are kept for nobody otherwise', async () => {
    let context: ExporterContext | undefined;
    const { work } = await start([
      {
        name: 'reader',
        open: (it) => {
          context = it;
          return {};
        },
      },
    ]);
    await work.place();
    const blocks = context?.read().metrics.flatMap((it) => it.blocks) ?? [];
    expect(blocks.length).toBeGreaterThan(50);
    expect(blocks.filter(({ exponential }) => exponential !== undefined)).toEqual([]);
  });
});
