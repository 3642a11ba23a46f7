import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseOpenMetrics } from '../../contract/openmetrics-format.js';
import { checkMetrics, promtool } from '../../contract/promtool.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { ask, RunningLeader, work } from './running-leader.js';

// Every worker is a process with an application of its own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const running: RunningLeader[] = [];

afterAll(async () => {
  for (const it of running.splice(0)) await it.close();
});

interface Forked {
  readonly worker: number;
  readonly pid: number;
}

/** A cluster of real processes behind one port. */
async function start(settings: object = {}, workers = 3) {
  const port = await freePort();
  const leader = new RunningLeader({ port, ...settings });
  running.push(leader);
  const forked = await Promise.all(
    Array.from({ length: workers }, () => leader.do<Forked>('fork')),
  );
  const metricsPort = await leader.do<number>('port');
  return { leader, port, metricsPort, forked };
}

async function scrape(port: number): Promise<string> {
  const { status, text } = await ask(port, '/metrics');
  if (status !== 200) throw new Error(`${status} ${text}`);
  return text;
}

/** Every number that must not fall, by its series. */
function countsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name: family, type, samples } of parseTextFormat(text).values()) {
    if (type !== 'counter' && type !== 'histogram') continue;
    // prom-client says in them how long this process has been idle.
    if (family.startsWith('process_') || family.startsWith('nodejs_')) continue;
    for (const { name, labels, value } of samples)
      counts.set(JSON.stringify([name, labels]), value);
  }
  return counts;
}

function assertNoneFell(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>) {
  const fallen = [...before].filter(([key, value]) => !((now.get(key) ?? -1) >= value));
  expect(fallen).toEqual([]);
}

const orders = { command_type: 'PlaceOrder' };
const succeeded = { ...orders, outcome: 'success' };

describe('a cluster of three workers', () => {
  let cluster: Awaited<ReturnType<typeof start>>;
  let placed = 0;
  let before = new Map<string, number>();

  beforeAll(async () => {
    const leader = { timeoutMs: 5_000 };
    cluster = await start({ leader, member: { timeoutMs: 20_000 } });
  });

  /** Has three orders placed by each request. */
  async function load(requests: number): Promise<Set<number>> {
    const body = { orders: 3, sizes: [0.1, 7], paid: { kind: 'card', amount: 0.3 } };
    const done = await Promise.all(
      Array.from({ length: requests }, () => work(cluster.port, body)),
    );
    placed += 3 * requests;
    return new Set(done.map(({ worker }) => worker));
  }

  /** The whole, from a worker and from the primary. */
  async function check(): Promise<string> {
    for (const at of [cluster.port, cluster.metricsPort]) {
      const text = await scrape(at);
      expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(placed);
      expect(sampleOf(text, 'eventcore_command_duration_seconds_count', succeeded)).toBe(placed);
      expect(sampleOf(text, 'shop_order_items_bucket', { le: '5' })).toBe(placed / 3);
      expect(sampleOf(text, 'shop_order_items_bucket', { le: '+Inf' })).toBe((placed / 3) * 2);
      expect(sampleOf(text, 'shop_paid_total', { kind: 'card', service: 'shop' })).toBeCloseTo(
        placed / 10,
        9,
      );
      const now = countsOf(text);
      assertNoneFell(before, now);
      before = now;
    }
    return scrape(cluster.metricsPort);
  }

  it('A cluster of three workers answers a scrape with the whole, whichever worker or the primary it lands on', async () => {
    for (let i = 1; i <= 6; i++) {
      await work(cluster.port, { gauges: { sum: i, max: i, min: i, last: i } });
    }
    expect((await load(30)).size).toBe(3);
    for (let i = 0; i < 3; i++) await check();
    const text = await check();
    expect(sampleOf(text, 'shop_sum_level')).toBe(4 + 5 + 6);
    expect(sampleOf(text, 'shop_max_level')).toBe(6);
    expect(sampleOf(text, 'shop_min_level')).toBe(4);
    expect(sampleOf(text, 'shop_last_level')).toBe(6);
    expect(sampleOf(text, 'eventcore_cluster_members', { state: 'answering' })).toBe(3);
    expect(sampleOf(text, 'eventcore_commands_concurrent')).toBe(0);
    expect(sampleOf(text, 'eventcore_build_info')).toBe(1);
    expect(sampleOf(text, 'nodejs_version_info')).toBe(1);
  });

  it('A cluster of three workers negotiates format and compression as one application does', async () => {
    for (const at of [cluster.port, cluster.metricsPort]) {
      const accept = 'application/openmetrics-text;version=1.0.0';
      const answer = await ask(at, '/metrics', { headers: { accept, 'accept-encoding': 'gzip' } });
      expect(answer.headers['content-encoding']).toBe('gzip');
      const text = gunzipSync(answer.body).toString();
      expect(parseOpenMetrics(text).size).toBeGreaterThan(10);
    }
  });

  // Needs Debian's prometheus.
  it.skipIf(promtool === undefined)('A cluster of three workers passes promtool', async () => {
    const text = await scrape(cluster.metricsPort);
    const ours = text.split('\n').filter((it) => /eventcore_|shop_order|shop_paid/.test(it));
    expect(checkMetrics(`${ours.join('\n')}\n`)).toBe('');
  });

  it('A cluster of three workers leaves messages of others alone, and those that look like ours break nothing', async () => {
    const key = '@eventcore/nestjs-observability:cluster';
    const foreign: unknown[] = [
      ...[null, 1, 'text', [], {}, { type: 'process:msg' }, { topic: 'pm2' }, { [key]: 1 }],
      ...[
        { [key]: 1, member: 'x', kind: 'ask' },
        { [key]: 2, member: '', kind: 'who' },
      ],
      { [key]: 1, member: '', kind: 'whole', request: 1, snapshot: { seq: 'x' } },
      { [key]: 1, member: '', kind: '__proto__' },
    ];
    for (const it of foreign.filter((it) => it !== null)) await cluster.leader.do('foreign', it);
    const hear = (messages: readonly unknown[]) => cluster.leader.do('heard', messages);
    await hear(foreign);
    const snapshots = [null, {}, { seq: 1, base: 0, takenAtMs: 1, metrics: [{}] }];
    const counts = { [key]: 1, member: 'ghost', kind: 'counts', request: 1, isLast: false };
    await hear(snapshots.map((snapshot) => ({ ...counts, snapshot })));
    await load(3);
    expect(sampleOf(await check(), 'eventcore_commands_total', orders)).toBe(placed);
  });

  it('A cluster of three workers loses no count of workers that are killed, exit, fail, are disconnected or asked to end', async () => {
    for (const [i, how] of ['SIGKILL', 'SIGTERM', 'exit', 'disconnect', 'throw'].entries()) {
      // One that is killed has nobody to tell what it counted since it was asked; all others have.
      if (how !== 'SIGKILL') await load(6);
      await cluster.leader.do('end', i + 1, how);
      await check();
      await cluster.leader.do('fork');
      await load(6);
      await check();
    }
    const text = await check();
    expect(sampleOf(text, 'eventcore_cluster_members_ended_total', { end: 'abrupt' })).toBe(1);
    expect(sampleOf(text, 'eventcore_cluster_members_ended_total', { end: 'reported' })).toBe(4);
    expect(sampleOf(text, 'eventcore_cluster_members', { state: 'answering' })).toBe(3);
  });

  it('A cluster of three workers never shows less while requests are served and scraped and a worker is killed', async () => {
    const seen: Map<string, number>[] = [];
    const serve = async () => {
      for (let i = 0; i < 12; i++) {
        const body = { orders: 1, sizes: [0.3], paid: { kind: 'card', amount: 0.1 } };
        // A worker that is killed answers nobody.
        await work(cluster.port, body).catch(() => undefined);
      }
    };
    const state = { isOver: false };
    const scraping = (async () => {
      while (!state.isOver) seen.push(countsOf(await scrape(cluster.metricsPort)));
    })();
    const serving = Promise.all([serve(), serve(), serve()]);
    const [killed] = await cluster.leader.do<number[]>('workers');
    await cluster.leader.do('end', killed, 'SIGKILL');
    await cluster.leader.do('fork');
    await serving;
    state.isOver = true;
    await scraping;
    expect(seen.length).toBeGreaterThan(3);
    seen.forEach((it, i) => assertNoneFell(seen[i - 1] ?? new Map(), it));
  });

  it('A cluster of three workers shows a blocked worker with what it told last, and says so', async () => {
    const levelled = new Set<number>();
    while (levelled.size < 3) {
      levelled.add((await work(cluster.port, { gauges: { sum: 5 } })).worker);
    }
    const told = await scrape(cluster.metricsPort);
    await ask(cluster.port, '/jobs/block/9000');
    const text = await scrape(cluster.metricsPort);
    const total = sampleOf(told, 'eventcore_commands_total', orders);
    expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(total);
    expect(sampleOf(text, 'shop_sum_level')).toBe(15);
    expect(sampleOf(text, 'eventcore_cluster_members', { state: 'silent' })).toBe(1);
    const faults = { component: 'cluster' };
    expect(sampleOf(text, 'eventcore_observability_errors_total', faults)).toBe(1);
    expect(await cluster.leader.do('warnings')).toHaveLength(1);
  });
});

describe('workers with the structured clone as serialization', () => {
  it('Workers with the structured clone as serialization are put together as well', async () => {
    const { port, metricsPort } = await start({ serialization: 'advanced' }, 2);
    for (let i = 0; i < 4; i++) await work(port, { orders: 2, sizes: [1] });
    for (const at of [port, metricsPort]) {
      const text = await scrape(at);
      expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(8);
      expect(sampleOf(text, 'shop_order_items_count')).toBe(4);
    }
  });
});

describe('workers with other buckets in new code', () => {
  it('Workers with other buckets in new code are scraped all the same', async () => {
    const { leader, port, metricsPort } = await start({}, 1);
    await work(port, { sizes: [0.5, 3, 7] });
    await leader.do('fork', { BUCKETS: '[1,4,10]' });
    const seen = new Set<number>();
    for (let i = 0; i < 2; i++) seen.add((await work(port, { sizes: [0.5, 3, 7] })).worker);
    expect(seen.size).toBe(2);
    await scrape(metricsPort);
    const text = await scrape(metricsPort);
    const bucket = (le: string) => sampleOf(text, 'shop_order_items_bucket', { le });
    expect([bucket('1'), bucket('4'), bucket('10'), bucket('+Inf')]).toEqual([3, 4, 9, 9]);
    expect(bucket('5')).toBeUndefined();
    const faults = { component: 'cluster' };
    expect(sampleOf(text, 'eventcore_observability_errors_total', faults)).toBe(1);
  });
});

describe('a primary that does not aggregate', () => {
  it('A primary that does not aggregate makes a scrape a 503 with the reason, until it does', async () => {
    const { leader, port } = await start({ leads: false, member: { timeoutMs: 2_000 } }, 1);
    const assertUnavailable = async () => {
      const { status, text } = await ask(port, '/metrics');
      expect(status).toBe(503);
      expect(text).toBe(
        '# gathering metrics failed: AggregateUnavailable: the primary process did not answer in 2000 ms; call aggregateCluster() there\n',
      );
    };
    await work(port, { orders: 3 });
    await assertUnavailable();
    expect((await ask(port, '/health')).status).toBe(200);
    const whole = async () =>
      sampleOf(await scrape(port), 'eventcore_commands_total', orders) === 3 ? true : undefined;
    for (let i = 0; i < 2; i++) {
      await leader.do('lead');
      await poll(whole, { what: 'the whole', timeoutMs: 30_000 });
      await leader.do('close');
      await assertUnavailable();
    }
  });
});

describe("prom-client's AggregatorRegistry", () => {
  it('The AggregatorRegistry of prom-client adds up our metrics of all workers when they are in its register', async () => {
    const { leader, port } = await start({ member: false, prometheus: { register: true } }, 2);
    for (let i = 1; i <= 4; i++) {
      await work(port, { orders: 2, gauges: { sum: i, max: i, min: i, last: i } });
    }
    const text = await leader.do<string>('promClient');
    expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(8);
    expect(sampleOf(text, 'eventcore_command_duration_seconds_count', succeeded)).toBe(8);
    expect(sampleOf(text, 'shop_sum_level')).toBe(3 + 4);
    expect(sampleOf(text, 'shop_max_level')).toBe(4);
    expect(sampleOf(text, 'shop_min_level')).toBe(3);
    expect(sampleOf(text, 'eventcore_build_info')).toBe(1);
  });
});
