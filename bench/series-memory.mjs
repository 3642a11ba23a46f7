// What a series takes: heap and array buffers per series, at 100,000 of them. Run: node --expose-gc bench/series-memory.mjs
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule, ObservabilityService } from '@eventcore/nestjs-observability';

const SERIES = 100_000;
const TYPES = ['counter', 'gauge', 'histogram'];

class Root {}
Module({
  imports: [
    ObservabilityModule.forRoot({
      cardinality: { seriesLimit: 1_000_000, totalSeriesLimit: 10_000_000 },
    }),
  ],
})(Root);

async function settledMemory() {
  for (let i = 0; i < 6; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapUsed, arrayBuffers };
}

/** A series is resolved once and kept, as handlers do. */
async function measure(service, type, scrape) {
  const name = type === 'counter' ? 'bench_a_total' : `bench_${type}`;
  const metric = service[type]({ name, help: 'Of the bench.', labels: ['command_type', 'tenant'] });
  const kept = Array.from({ length: SERIES });
  const before = await settledMemory();
  for (let i = 0; i < SERIES; i++) {
    kept[i] = metric.labels({ command_type: `PlaceOrder${i % 50}`, tenant: `tenant-${i}` });
  }
  const after = await settledMemory();
  await scrape();
  const scraped = await settledMemory();
  const perSeries = (from, to, part) => Math.round((to[part] - from[part]) / SERIES);
  return {
    type,
    'heap, bytes': perSeries(before, after, 'heapUsed'),
    'array buffers, bytes': perSeries(before, after, 'arrayBuffers'),
    'kept text after a scrape, bytes':
      perSeries(after, scraped, 'heapUsed') + perSeries(after, scraped, 'arrayBuffers'),
    kept: kept.length,
  };
}

const rows = [];
for (const type of TYPES) {
  const application = await NestFactory.createApplicationContext(Root, { logger: false });
  const service = application.get(ObservabilityService);
  await service.gather();
  rows.push(await measure(service, type, () => service.gather().then(() => undefined)));
  await application.close();
}
console.table(rows);
