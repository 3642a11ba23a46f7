import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { poll } from '../../system/poll.js';
import { RunningShop } from '../../system/running-shop.js';

const START_MS = 120_000;

let shop: RunningShop | undefined;
let receiver: Server | undefined;

afterEach(async () => {
  await shop?.kill();
  receiver?.close();
  shop = receiver = undefined;
});

const statusOf = async (path: string) => (await fetch(`${shop?.url}${path}`)).status;

const isNotReady = () =>
  poll(async () => (await statusOf('/health/ready')) === 503 || undefined, {
    what: 'not ready',
    timeoutMs: 5_000,
  });

/** Takes connections and never answers. */
async function hangingReceiver(): Promise<string> {
  receiver = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
}

it(
  'A shop that serves answers orders and probes until its balancer has noticed',
  async () => {
    shop = await RunningShop.start({ TRAFFIC: '60', READINESS_DELAY_MS: '4000' });
    expect(await statusOf('/health/ready')).toBe(200);
    const startedMs = performance.now();
    const stopped = shop.stop();
    await isNotReady();
    const order = await fetch(`${shop.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"sku":"espresso-beans","quantity":1}',
    });
    expect(order.status).toBe(201);
    expect([await statusOf('/health/live'), await statusOf('/health')]).toEqual([200, 503]);
    await stopped;
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(4_000);
    // The delay, then the limits of the drain and of the export: 4 s, 10 s and 2 s.
    expect(tookMs).toBeLessThan(16_500);
  },
  START_MS,
);

it(
  'A shop whose spans nobody takes ends within its limits',
  async () => {
    shop = await RunningShop.start({
      TRAFFIC: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: await hangingReceiver(),
    });
    expect(await statusOf('/orders/none')).not.toBe(503);
    const startedMs = performance.now();
    await shop.stop();
    // flushTimeoutMs, shutdownTimeoutMs of tracing, and Nest.
    expect(performance.now() - startedMs).toBeLessThan(2_000 + 5_000 + 3_000);
  },
  START_MS,
);
