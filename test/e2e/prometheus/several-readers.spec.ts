import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { statsd } from '../../../lib/exporters/statsd/index.js';
import { parseTextFormat } from '../../contract/text-format.js';

it('A stall of the event loop is the same for two scrapers and for StatsD', async () => {
  const lines: string[] = [];
  const send = (datagram: Uint8Array) =>
    void lines.push(...Buffer.from(datagram).toString().split('\n'));
  @Module({
    imports: [ObservabilityModule.forRoot({ exporters: [statsd({ send, intervalMs: 1_000 })] })],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  onTestFinished(() => app.close());
  const scrape = async () => {
    const text = await (await fetch(`${await app.getUrl()}/metrics`)).text();
    const family = parseTextFormat(text).get('eventcore_event_loop_delay_seconds');
    const sample = family?.samples.find(({ labels }) => labels['quantile'] === '0.99');
    return sample?.value ?? Number.NaN;
  };
  const sent = () => lines.filter((it) => /event_loop_delay.*0[._]99/.test(it));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_100);
  expect(await scrape()).toBeGreaterThan(0.5);
  lines.length = 0;
  await vi.waitFor(() => expect(sent()).not.toEqual([]), { timeout: 5_000 });
  expect(Number(/:([\d.]+)\|g/.exec(sent()[0] ?? '')?.[1])).toBeGreaterThan(0.5);
  expect(await scrape()).toBeGreaterThan(0.5);
});
