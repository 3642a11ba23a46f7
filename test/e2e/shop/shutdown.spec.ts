import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { poll } from '../../system/poll.js';
import { RunningShop } from '../../system/running-shop.js';

const START_MS = 240_000;

const closing: (() => unknown)[] = [];

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

async function start(variables: Record<string, string>): Promise<RunningShop> {
  const shop = await RunningShop.start(variables);
  closing.push(() => shop.kill());
  return shop;
}

const statusOf = async (shop: RunningShop, path: string) =>
  (await fetch(`${shop.url}${path}`)).status;

const isNotReady = (shop: RunningShop) =>
  poll(async () => (await statusOf(shop, '/health/ready')) === 503 || undefined, {
    what: 'not ready',
    timeoutMs: 5_000,
  });

/** Takes connections and never answers. */
async function hangingReceiver(): Promise<string> {
  const receiver = createServer((socket) => socket.on('error', () => undefined));
  closing.push(() => receiver.close());
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
}

it.concurrent(
  'A shop that serves answers orders and probes until its balancer has noticed',
  async () => {
    const shop = await start({ TRAFFIC: '60', READINESS_DELAY_MS: '4000' });
    expect(await statusOf(shop, '/health/ready')).toBe(200);
    const startedMs = performance.now();
    const stopped = shop.stop();
    await isNotReady(shop);
    const order = await fetch(`${shop.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"sku":"espresso-beans","quantity":1}',
    });
    expect(order.status).toBe(201);
    expect([await statusOf(shop, '/health/live'), await statusOf(shop, '/health')]).toEqual([
      200, 503,
    ]);
    await stopped;
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(4_000);
    // The delay, then the limits of the drain and of the export: 4 s, 10 s and 2 s.
    expect(tookMs).toBeLessThan(16_500);
  },
  START_MS,
);

it.concurrent(
  'A shop whose spans nobody takes ends within its limits',
  async () => {
    const shop = await start({
      TRAFFIC: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: await hangingReceiver(),
    });
    expect(await statusOf(shop, '/orders/none')).not.toBe(503);
    const startedMs = performance.now();
    await shop.stop();
    // flushTimeoutMs, shutdownTimeoutMs of tracing, and Nest.
    expect(performance.now() - startedMs).toBeLessThan(2_000 + 5_000 + 3_000);
  },
  START_MS,
);
