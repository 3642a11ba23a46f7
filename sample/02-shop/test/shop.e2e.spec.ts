import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SAMPLE = fileURLToPath(new URL('..', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const POLL_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 50;

interface OrderSummary {
  readonly status: string;
  readonly quantity: number;
  readonly amountCents: number;
}

describe('the shop', () => {
  let shop: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const env = {
      ...process.env,
      PORT: '0',
      TRAFFIC: '0',
      FAULT_RATE: '0',
      DATABASE_URL: undefined,
    };
    shop = spawn(process.execPath, ['dist/main.js'], { cwd: SAMPLE, env });
    url = await addressOf(shop);
  }, START_TIMEOUT_MS);

  afterAll(() => {
    shop.kill('SIGKILL');
  });

  it('shows an order that was placed, paid and shipped', async () => {
    const placed = await post('/orders', { sku: 'travel-mug', quantity: 2 });
    expect(placed.status).toBe(201);
    const { id } = (await placed.json()) as { id: string };
    expect((await post(`/orders/${id}/pay`)).status).toBe(200);
    expect((await post(`/orders/${id}/ship`)).status).toBe(200);

    const order = await untilFound<OrderSummary>(
      `/orders/${id}`,
      (candidate) => candidate.status === 'shipped',
    );
    expect(order).toMatchObject({ quantity: 2, amountCents: 4_500, status: 'shipped' });
  });

  it('reports the revenue of a paid order', async () => {
    const [today] = await untilFound<{ revenueCents: number }[]>(
      '/reports/revenue',
      (days) => days.length > 0,
    );
    expect(today).toMatchObject({ paidOrders: 1, revenueCents: 4_500, refundedCents: 0 });
  });

  it('refuses what the business does not allow', async () => {
    const placed = await post('/orders', { sku: 'travel-mug', quantity: 1 });
    const { id } = (await placed.json()) as { id: string };
    expect((await post(`/orders/${id}/ship`)).status).toBe(422);
    await post(`/orders/${id}/pay`);
    expect((await post(`/orders/${id}/pay`)).status).toBe(409);
    expect((await post('/orders', { sku: 'travel-mug', quantity: 9_999 })).status).toBe(422);
    expect((await post('/orders', { sku: 'travel-mug', quantity: 0 })).status).toBe(400);
  });

  it('lets one of two simultaneous payments win', async () => {
    const placed = await post('/orders', { sku: 'travel-mug', quantity: 1 });
    const { id } = (await placed.json()) as { id: string };
    const answers = await Promise.all([post(`/orders/${id}/pay`), post(`/orders/${id}/pay`)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('ends on SIGTERM', async () => {
    const exited = once(shop, 'exit', { signal: AbortSignal.timeout(5_000) });
    shop.kill('SIGTERM');
    const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null];
    expect(code === 0 || signal === 'SIGTERM').toBe(true);
  });

  const post = (path: string, body?: object): Promise<Response> =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });

  async function untilFound<View>(path: string, matches: (view: View) => boolean): Promise<View> {
    const deadline = Date.now() + POLL_TIMEOUT_MS;
    for (;;) {
      const response = await fetch(url + path);
      const view = response.ok ? ((await response.json()) as View) : undefined;
      if (view && matches(view)) return view;
      if (Date.now() > deadline) throw new Error(`${path} is still ${JSON.stringify(view)}`);
      await pause(POLL_INTERVAL_MS);
    }
  }
});

async function addressOf(shop: ChildProcess): Promise<string> {
  let output = '';
  const failed = once(shop, 'exit').then(() =>
    Promise.reject(new Error(`Did not start: ${output}`)),
  );
  const announced = new Promise<string>((resolve) => {
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /shop\s+(http:\S+)/.exec(output)?.[1];
      if (found) resolve(found);
    };
    shop.stdout?.on('data', collect);
    shop.stderr?.on('data', collect);
  });
  return Promise.race([announced, failed]);
}
