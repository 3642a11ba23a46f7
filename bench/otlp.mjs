// A request of OTLP, encoded in protobuf by us and by OpenTelemetry's serializer from the same registry, in turn.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule, ObservabilityService } from '@eventcore/nestjs-observability';
import { ObservabilityMetricProducer } from '@eventcore/nestjs-observability/otlp';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { inTurn, median, roundsOf, summarise } from './measure.mjs';
import { loadEncoder } from './otlp-encoder.mjs';

const LABELS = ['command_type', 'tenant'];

/** Half of the series are counters, a quarter gauges, a quarter histograms of 13 bounds. */
function makeSeries(count, service) {
  const definition = (name) => ({ name, help: 'Of the bench.', labels: LABELS });
  const labels = (i) => ({ command_type: `PlaceOrder${i % 50}`, tenant: `tenant-${i}` });
  const series = (metric, share) =>
    Array.from({ length: Math.round(count * share) }, (_, i) => metric.labels(labels(i)));
  const counters = series(service.counter(definition('bench_orders_total')), 1 / 2);
  const gauges = series(service.gauge(definition('bench_load')), 1 / 4);
  const histograms = series(service.histogram(definition('bench_wait_seconds')), 1 / 4);
  // All of them move between two exports: the worst case.
  return (round) => {
    for (const [i, it] of counters.entries()) it.inc((i % 7) + 1);
    for (const [i, it] of gauges.entries()) it.set(i / 7 + round);
    for (const [i, it] of histograms.entries()) it.observe((i % 97) / 10);
  };
}

async function withApplication(work) {
  const producer = new ObservabilityMetricProducer();
  let context;
  const reader = { name: 'bench', open: (it) => ((context = it), {}) };
  class App {}
  const observability = ObservabilityModule.forRoot({
    cardinality: { seriesLimit: 1_000_000 },
    prometheus: { defaultMetrics: false },
    exporters: [producer, reader],
  });
  Module({ imports: [observability] })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  try {
    return await work({ producer, context, service: app.get(ObservabilityService) });
  } finally {
    await app.close();
  }
}

function measure(encode) {
  globalThis.gc?.();
  const before = process.memoryUsage();
  // CPU time: on a busy machine, whatever takes longer would be interrupted more often.
  const started = process.cpuUsage();
  globalThis.blackhole += encode().length;
  const { user, system } = process.cpuUsage(started);
  const ns = Math.max(1, user + system) * 1000;
  const { heapUsed, external } = process.memoryUsage();
  return { ns, bytes: heapUsed + external - before.heapUsed - before.external };
}

/** When it only has to run, a hundredth of the series. */
export async function runOtlp({ smoke }) {
  const amounts = smoke
    ? { rounds: 1, warmUpRounds: 1 }
    : { rounds: 40, warmUpRounds: 10, seconds: 20 };
  const OtlpProtobuf = await loadEncoder();
  return withApplication(async ({ producer, context, service }) => {
    const change = makeSeries(smoke ? 100 : 10_000, service);
    const encoder = new OtlpProtobuf({ 'service.name': 'bench' });
    const sinceMs = context.startedAtMs;
    const encoding = { temporality: 'cumulative', sinceMs, histograms: 'explicit' };
    const results = { ours: [], SDK: [] };
    for (const round of roundsOf(amounts)) {
      change(round);
      const payload = { snapshot: context.read(), encoding };
      const { resourceMetrics } = await producer.collect();
      const parties = {
        ours: () => encoder.encode(payload),
        SDK: () => ProtobufMetricsSerializer.serializeRequest(resourceMetrics),
      };
      for (const [name, encode] of inTurn(parties, round)) {
        const measured = measure(encode);
        if (round >= 0) results[name].push(measured);
      }
    }
    const cases = Object.entries(results).map(([name, rounds]) => [
      `OTLP encode 10k, protobuf, ${name}`,
      summarise(rounds),
    ]);
    const ratio = median(results.ours.map(({ ns }, round) => ns / results.SDK[round].ns));
    return { cases: Object.fromEntries(cases), ratios: { otlp_encode_10k_vs_sdk: ratio } };
  });
}
