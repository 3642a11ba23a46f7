import { afterEach, describe, expect, it, vi } from 'vitest';
import { sampleOf } from '../../contract/text-format.js';
import { ask, RunningLeader, work } from './running-leader.js';

vi.setConfig({ testTimeout: 120_000 });

const running: RunningLeader[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

interface Started {
  readonly worker: number;
  readonly port: number;
  readonly extra: readonly unknown[];
}

async function start(settings: object = {}, threads = 3) {
  const leader = new RunningLeader({ threads: true, ...settings });
  running.push(leader);
  const started = await Promise.all(
    Array.from({ length: threads }, () => leader.do<Started>('start')),
  );
  const metricsPort = await leader.do<number>('port');
  return { leader, started, metricsPort };
}

async function scrape(port: number): Promise<string> {
  const { status, text } = await ask(port, '/metrics');
  if (status !== 200) throw new Error(`${status} ${text}`);
  return text;
}

const orders = { command_type: 'PlaceOrder' };

describe('an application in each of three threads', () => {
  it('answers a scrape with the whole, wherever it lands', async () => {
    const { started, metricsPort } = await start();
    for (const [i, { port }] of started.entries()) {
      await work(port, { orders: 10, sizes: [2], gauges: { sum: i, max: i, min: i, last: i } });
    }
    for (const at of [...started.map(({ port }) => port), metricsPort]) {
      const text = await scrape(at);
      expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(30);
      expect(sampleOf(text, 'shop_order_items_count')).toBe(3);
      expect(sampleOf(text, 'shop_sum_level')).toBe(3);
      expect(sampleOf(text, 'shop_max_level')).toBe(2);
      expect(sampleOf(text, 'shop_min_level')).toBe(0);
      expect(sampleOf(text, 'shop_last_level')).toBe(2);
      expect(sampleOf(text, 'eventcore_cluster_members', { state: 'answering' })).toBe(3);
    }
  });

  it('shows the memory of the process once, and the heaps of all threads', async () => {
    const { metricsPort } = await start();
    const text = await scrape(metricsPort);
    const memory = (component: string) =>
      sampleOf(text, 'eventcore_memory_usage_bytes', { component }) ?? 0;
    const resident = sampleOf(text, 'process_resident_memory_bytes') ?? 0;
    expect(memory('rss') / resident).toBeGreaterThan(0.8);
    expect(memory('rss') / resident).toBeLessThan(1.2);
    expect(memory('heap_used')).toBeLessThan(memory('rss'));
  });

  it('keeps the counts of threads that are terminated or end, and not their gauges', async () => {
    const { leader, started, metricsPort } = await start();
    for (const { port } of started) await work(port, { orders: 10, gauges: { sum: 5 } });
    await scrape(metricsPort);
    await leader.do('terminate', started[0]?.worker);
    // What it counts now is known from its last words alone.
    await work(started[1]?.port ?? 0, { orders: 7 });
    await leader.do('stop', started[1]?.worker);
    const again = await leader.do<Started>('start');
    await work(again.port, { orders: 100 });
    const text = await scrape(metricsPort);
    expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(137);
    expect(sampleOf(text, 'shop_sum_level')).toBe(5);
    expect(sampleOf(text, 'eventcore_cluster_members_ended_total', { end: 'abrupt' })).toBe(1);
    expect(sampleOf(text, 'eventcore_cluster_members_ended_total', { end: 'reported' })).toBe(1);
  });

  it("sends nothing over the application's own ports", async () => {
    const { leader, started, metricsPort } = await start({}, 1);
    await scrape(metricsPort);
    await leader.do('stop', started[0]?.worker);
    expect(started[0]?.extra).toEqual([]);
  });
});

describe('an application in the main thread', () => {
  it('is one of them, and shows them all', async () => {
    const { leader, started } = await start({ mainApplication: true }, 2);
    const mainPort = await leader.do<number>('mainPort');
    await work(mainPort, { orders: 1 });
    for (const { port } of started) await work(port, { orders: 10 });
    const text = await scrape(mainPort);
    expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(21);
    expect(sampleOf(text, 'eventcore_cluster_members', { state: 'answering' })).toBe(3);
  });
});
