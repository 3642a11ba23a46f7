import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sampleOf } from '../../contract/text-format.js';
import { ask, RunningLeader, work } from './running-leader.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const running: RunningLeader[] = [];

afterAll(async () => {
  for (const it of running.splice(0)) await it.close();
});

interface Started {
  readonly worker: number;
  readonly port: number;
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

describe('an application in each of two threads, and in the main one', () => {
  let threads: Awaited<ReturnType<typeof start>>;
  let mainPort: number;

  beforeAll(async () => {
    threads = await start({ mainApplication: true }, 2);
    mainPort = await threads.leader.do<number>('mainPort');
  });

  it('An application in three threads answers a scrape with the whole, wherever it lands', async () => {
    const ports = [...threads.started.map(({ port }) => port), mainPort];
    for (const [i, port] of ports.entries()) {
      await work(port, { orders: 10, sizes: [2], gauges: { sum: i, max: i, min: i, last: i } });
    }
    for (const at of [...ports, threads.metricsPort]) {
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

  it('An application in three threads shows the memory of the process once, and the heaps of all threads', async () => {
    const text = await scrape(threads.metricsPort);
    const memory = (component: string) =>
      sampleOf(text, 'eventcore_memory_usage_bytes', { component }) ?? 0;
    const resident = sampleOf(text, 'process_resident_memory_bytes') ?? 0;
    expect(memory('rss') / resident).toBeGreaterThan(0.8);
    expect(memory('rss') / resident).toBeLessThan(1.2);
    expect(memory('heap_used')).toBeLessThan(memory('rss'));
  });

  it('An application in three threads keeps the counts of threads that are terminated or end, and not their gauges', async () => {
    const { leader, started, metricsPort } = threads;
    await leader.do('terminate', started[0]?.worker);
    // What it counts now is known from its last words alone.
    await work(started[1]?.port ?? 0, { orders: 7 });
    await leader.do('stop', started[1]?.worker);
    const again = await leader.do<Started>('start');
    await work(again.port, { orders: 100, gauges: { sum: 5 } });
    const text = await scrape(metricsPort);
    expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(137);
    expect(sampleOf(text, 'shop_sum_level')).toBe(2 + 5);
    expect(sampleOf(text, 'eventcore_cluster_members_ended_total', { end: 'abrupt' })).toBe(1);
    expect(sampleOf(text, 'eventcore_cluster_members_ended_total', { end: 'reported' })).toBe(1);
  });

  it("An application in three threads sends nothing over the application's own ports", async () => {
    expect(await threads.leader.do('extra')).toEqual([]);
  });
});
