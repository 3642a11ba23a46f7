import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { RunningShop } from '../../system/running-shop.js';
import { hasBroker, SharedBrokers } from '../tracing-context/running-broker.js';

const ORDERS = 3;

const places = [
  { place: 'this process', isRedis: false },
  { place: 'Redis', isRedis: true },
] as const;

describe.each(places)('the shop whose mails wait in $place', ({ place, isRedis }) => {
  describe.skipIf(isRedis && !hasBroker('redis'))(`with ${place}`, () => {
    const brokers = new SharedBrokers();
    let shop: RunningShop;
    const valueOf = async (name: string, labels: Record<string, string>) =>
      sampleOf(await shop.metrics(), name, labels);
    const until = (name: string, labels: Record<string, string>, value: number) =>
      poll(async () => ((await valueOf(name, labels)) === value ? true : undefined), {
        what: `${name} ${value}`,
        timeoutMs: 20_000,
      });

    beforeAll(async () => {
      const redis = isRedis ? await brokers.get('redis') : undefined;
      const address = redis && { REDIS_URL: `redis://127.0.0.1:${redis.port}` };
      shop = await RunningShop.start({ TRAFFIC: '0', FAULT_RATE: '0', ...address });
    });

    afterAll(async () => {
      await shop?.stop();
      await brokers.stop();
    });

    it('Each order is confirmed by one job', async () => {
      for (let i = 0; i < ORDERS; i++)
        await shop.post('/orders', { sku: 'travel-mug', quantity: 1 });
      const confirmations = { queue: 'mail', job: 'confirmation' };
      await until('eventcore_jobs_succeeded_total', confirmations, ORDERS);
      expect(await valueOf('eventcore_jobs_total', confirmations)).toBe(ORDERS);
      expect(await valueOf('eventcore_job_errors_total', confirmations)).toBe(0);
    });

    it('The depth of the queue is that of Redis, and absent without', async () => {
      const waiting = { queue: 'mail', state: 'waiting' };
      if (isRedis) await until('eventcore_queue_jobs', waiting, 0);
      else expect(await valueOf('eventcore_queue_jobs', waiting)).toBeUndefined();
    });

    it('The nightly report runs on demand, and is known before its first night', async () => {
      const report = { queue: 'schedule', job: 'nightly_report' };
      expect(await valueOf('eventcore_job_period_seconds', report)).toBe(86_400);
      expect(await valueOf('eventcore_job_last_success_timestamp_seconds', report)).toBeUndefined();
      await shop.post('/reports/nightly');
      expect(await valueOf('eventcore_jobs_succeeded_total', report)).toBe(1);
      const succeeded = await valueOf('eventcore_job_last_success_timestamp_seconds', report);
      expect(Math.abs((succeeded ?? 0) - Date.now() / 1_000)).toBeLessThan(60);
    });

    it('A GraphQL query counts by its name, and one that finds nothing as rejected', async () => {
      const ask = async (query: string) => {
        const answer = await fetch(`${shop.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
        });
        return (await answer.json()) as { data: { revenue?: unknown[]; order?: unknown } };
      };
      expect((await ask('query Revenue { revenue { day } }')).data.revenue).toEqual([]);
      expect(
        (await ask('query Look { order(id: "0b0e7c1a-8f2b-4a53-9a3e-1f0f5a6f3c11") { status } }'))
          .data.order,
      ).toBeNull();
      const counted = (operation: string, outcome: string) =>
        valueOf('eventcore_graphql_operations_total', {
          ...{ operation_type: 'query', operation, outcome },
        });
      expect(await counted('Revenue', 'success')).toBe(1);
      expect(await counted('Look', 'rejected')).toBe(1);
    });
  });
});
