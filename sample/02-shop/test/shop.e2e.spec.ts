import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningSample, startSample } from '../../running-sample.js';

const START_TIMEOUT_MS = 60_000;
const VIEW_TIMEOUT = { timeout: 10_000 };

describe('the shop', () => {
  let shop: RunningSample;

  beforeAll(async () => {
    const env = { TRAFFIC: '0', FAULT_RATE: '0', DATABASE_URL: undefined };
    shop = await startSample(import.meta.url, env);
  }, START_TIMEOUT_MS);

  afterAll(() => shop.process.kill('SIGKILL'));

  it('shows an order that was placed, paid and shipped', async () => {
    const placed = await shop.post('/orders', { sku: 'travel-mug', quantity: 2 });
    expect(placed.status).toBe(201);
    const { id } = (await placed.json()) as { id: string };
    expect((await shop.post(`/orders/${id}/pay`)).status).toBe(200);
    expect((await shop.post(`/orders/${id}/ship`)).status).toBe(200);

    // Projections follow the events.
    await vi.waitFor(async () => {
      const shipped = { quantity: 2, amountCents: 4_500, status: 'shipped' };
      expect(await view(`/orders/${id}`)).toMatchObject(shipped);
    }, VIEW_TIMEOUT);
  });

  it('reports the revenue of a paid order', async () => {
    await vi.waitFor(async () => {
      const today = { paidOrders: 1, revenueCents: 4_500, refundedCents: 0 };
      expect(await view('/reports/revenue')).toMatchObject([today]);
    }, VIEW_TIMEOUT);
  });

  it('refuses what the business does not allow', async () => {
    const placed = await shop.post('/orders', { sku: 'travel-mug', quantity: 1 });
    const { id } = (await placed.json()) as { id: string };
    expect((await shop.post(`/orders/${id}/ship`)).status).toBe(422);
    await shop.post(`/orders/${id}/pay`);
    expect((await shop.post(`/orders/${id}/pay`)).status).toBe(409);
    expect((await shop.post('/orders', { sku: 'travel-mug', quantity: 9_999 })).status).toBe(422);
    expect((await shop.post('/orders', { sku: 'travel-mug', quantity: 0 })).status).toBe(400);
  });

  it('lets one of two simultaneous payments win', async () => {
    const placed = await shop.post('/orders', { sku: 'travel-mug', quantity: 1 });
    const { id } = (await placed.json()) as { id: string };
    const answers = await Promise.all([
      shop.post(`/orders/${id}/pay`),
      shop.post(`/orders/${id}/pay`),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('ends on SIGTERM', async () => {
    const exited = once(shop.process, 'exit', { signal: AbortSignal.timeout(5_000) });
    shop.process.kill('SIGTERM');
    const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null];
    expect(code === 0 || signal === 'SIGTERM').toBe(true);
  });

  const view = async (path: string): Promise<unknown> => (await fetch(shop.url + path)).json();
});
