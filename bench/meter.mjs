// A counter of the OpenTelemetry API, through the library's MeterProvider and through that of the SDK.
import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { otelMetrics } from '@eventcore/nestjs-observability/otel-metrics';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { metrics } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { compare, runRounds, withoutRounds } from './measure.mjs';

class IdleReader extends MetricReader {
  async onForceFlush() {}

  async onShutdown() {}
}

class AppModule {}

const SETS = Array.from({ length: 16 }, (_, i) => ({
  'http.request.method': i % 2 ? 'GET' : 'POST',
  'http.response.status_code': 200 + i,
  'http.route': `/orders/${i}`,
}));

const counting = (counter, attributesOf) => async (calls) => {
  for (let i = 0; i < calls; i++) counter.add(1, attributesOf(i));
};

function casesOf(name, counter) {
  return {
    [`${name}, no attributes`]: counting(counter, () => undefined),
    [`${name}, one attribute`]: counting(counter, () => ({ queue: 'mail' })),
    [`${name}, three attributes`]: counting(counter, (i) => SETS[i & 15]),
  };
}

export async function runMeter({ smoke }) {
  const plugins = [otelMetrics()];
  Module({ imports: [ObservabilityModule.forRoot({ plugins, health: false })] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const sdk = new MeterProvider({ readers: [new IdleReader()] });
  const cases = {
    'empty loop': async (calls) => {
      for (let i = 0; i < calls; i++) globalThis.blackhole += SETS[i & 15]['http.route'].length;
    },
    ...casesOf('our provider', metrics.getMeter('bench').createCounter('calls')),
    ...casesOf('SDK', sdk.getMeter('bench').createCounter('calls')),
  };
  const amounts = smoke
    ? { rounds: 3, warmUpRounds: 1, calls: 300 }
    : { rounds: 31, warmUpRounds: 6, calls: 20_000, seconds: 5 };
  const compared = compare(await runRounds(cases, amounts), 'empty loop');
  await app.close();
  const ratio = (kind) =>
    compared[`our provider, ${kind}`].medianNs / compared[`SDK, ${kind}`].medianNs;
  return {
    cases: withoutRounds(compared),
    ratios: {
      meter_vs_sdk: ratio('three attributes'),
      meter_vs_sdk_one_attribute: ratio('one attribute'),
      meter_vs_sdk_no_attributes: ratio('no attributes'),
    },
  };
}
