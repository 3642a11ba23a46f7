// A request of OTLP, encoded by us and by OpenTelemetry's serializers from the same registry, in turn.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule, ObservabilityService } from '@eventcore/nestjs-observability';
import { ObservabilityMetricProducer } from '@eventcore/nestjs-observability/otel';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { inTurn, median, roundsOf, summarise } from './measure.mjs';
import { loadEncoders } from './otlp-encoders.mjs';

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
  const { OtlpJson, OtlpProtobuf } = await loadEncoders();
  return withApplication(async ({ producer, context, service }) => {
    const change = makeSeries(smoke ? 100 : 10_000, service);
    const resource = { 'service.name': 'bench' };
    const encoders = { protobuf: new OtlpProtobuf(resource), JSON: new OtlpJson(resource) };
    const theirs = { protobuf: ProtobufMetricsSerializer, JSON: JsonMetricsSerializer };
    const sinceMs = context.startedAtMs;
    const expression = { temporality: 'cumulative', sinceMs, histograms: 'explicit' };
    const results = {};
    for (const round of roundsOf(amounts)) {
      change(round);
      const payload = { snapshot: context.read(), expression };
      const { resourceMetrics } = await producer.collect();
      const parties = Object.fromEntries(
        Object.keys(encoders).flatMap((format) => [
          [`${format}, ours`, () => encoders[format].encode(payload)],
          [`${format}, SDK`, () => theirs[format].serializeRequest(resourceMetrics)],
        ]),
      );
      for (const [name, encode] of inTurn(parties, round)) {
        const measured = measure(encode);
        if (round >= 0) (results[`OTLP encode 10k, ${name}`] ??= []).push(measured);
      }
    }
    const ratio = (format) => {
      const [ours, sdk] = ['ours', 'SDK'].map((it) => results[`OTLP encode 10k, ${format}, ${it}`]);
      return median(ours.map(({ ns }, round) => ns / sdk[round].ns));
    };
    return {
      cases: Object.fromEntries(
        Object.entries(results).map(([name, rounds]) => [name, summarise(rounds)]),
      ),
      ratios: {
        otlp_encode_10k_vs_sdk: ratio('protobuf'),
        otlp_encode_json_10k_vs_sdk: ratio('JSON'),
      },
    };
  });
}
