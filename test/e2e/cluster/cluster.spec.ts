import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseOpenMetrics } from '../../contract/openmetrics-format.js';
import { checkMetrics, promtool } from '../../contract/promtool.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { type Answer, ask, RunningLeader, work } from './running-leader.js';

// Every worker is a process with an application of its own.
vi.setConfig({ testTimeout: 120_000 });

const running: RunningLeader[] = [];

afterEach(async () => {
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
  it.each(['json', 'advanced'])(
    'answers a scrape with the whole, whichever worker or the primary it lands on (%s messages)',
    async (serialization) => {
      const { port, metricsPort } = await start({ serialization });
      const body = { orders: 4, sizes: [1, 7], paid: { kind: 'card', amount: 2 } };
      const seen = new Set<number>();
      for (let i = 1; i <= 6; i++) {
        const level = { sum: i, max: i, min: i, last: i };
        seen.add((await work(port, { ...body, gauges: level })).worker);
      }
      expect(seen.size).toBe(3);
      for (const at of [port, port, port, metricsPort]) {
        const text = await scrape(at);
        expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(24);
        expect(sampleOf(text, 'eventcore_command_duration_seconds_count', succeeded)).toBe(24);
        expect(sampleOf(text, 'shop_paid_total', { kind: 'card', service: 'shop' })).toBe(12);
        expect(sampleOf(text, 'shop_order_items_bucket', { le: '5' })).toBe(6);
        expect(sampleOf(text, 'shop_order_items_bucket', { le: '+Inf' })).toBe(12);
        expect(sampleOf(text, 'shop_order_items_sum')).toBe(48);
        expect(sampleOf(text, 'shop_sum_level')).toBe(4 + 5 + 6);
        expect(sampleOf(text, 'shop_max_level')).toBe(6);
        expect(sampleOf(text, 'shop_min_level')).toBe(4);
        expect(sampleOf(text, 'shop_last_level')).toBe(6);
        expect(sampleOf(text, 'eventcore_cluster_members', { state: 'answering' })).toBe(3);
        expect(sampleOf(text, 'eventcore_build_info')).toBe(1);
      }
    },
  );

  it('loses no count of workers that are killed, exit, fail, are disconnected or asked to end', async () => {
    const { leader, port, metricsPort } = await start();
    let placed = 0;
    let before = new Map<string, number>();
    const check = async () => {
      for (const at of [port, metricsPort]) {
        const text = await scrape(at);
        expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(placed);
        expect(sampleOf(text, 'shop_paid_total', { kind: 'card' })).toBeCloseTo(placed / 10, 9);
        const now = countsOf(text);
        assertNoneFell(before, now);
        before = now;
      }
    };
    const load = async (requests: number) => {
      const body = { orders: 3, sizes: [0.1], paid: { kind: 'card', amount: 0.3 } };
      await Promise.all(Array.from({ length: requests }, () => work(port, body)));
      placed += 3 * requests;
    };
    await load(30);
    await check();
    for (const [i, how] of ['SIGKILL', 'SIGTERM', 'exit', 'disconnect', 'throw'].entries()) {
      if (how === 'SIGKILL') await check();
      await leader.do('end', i + 1, how);
      await check();
      await leader.do('fork');
      await load(12);
      // A worker that is killed has nobody to tell what was counted since; all others do.
      await check();
      await load(how === 'SIGKILL' ? 0 : 6);
    }
    const text = await scrape(metricsPort);
    expect(sampleOf(text, 'eventcore_cluster_members_ended_total', { end: 'abrupt' })).toBe(1);
    expect(sampleOf(text, 'eventcore_cluster_members_ended_total', { end: 'reported' })).toBe(4);
    expect(sampleOf(text, 'eventcore_commands_concurrent')).toBe(0);
    if (promtool !== undefined) {
      const ours = text.split('\n').filter((it) => /eventcore_|shop_/.test(it));
      const said = checkMetrics(`${ours.join('\n')}\n`);
      expect(said.split('\n').filter((it) => it.includes('error'))).toEqual([]);
    }
  });

  it('never shows less while requests are served and scraped and a worker is killed', async () => {
    const { leader, port, metricsPort, forked } = await start();
    const seen: Map<string, number>[] = [];
    let isOver = false;
    const scraping = (async () => {
      while (!isOver) seen.push(countsOf(await scrape(metricsPort)));
    })();
    const load = async () => {
      for (let i = 0; i < 40; i++) {
        await work(port, { orders: 1, sizes: [0.3], paid: { kind: 'card', amount: 0.1 } }).catch(
          () => undefined,
        );
      }
    };
    const loads = Promise.all([load(), load(), load()]);
    await leader.do('end', forked[1]?.worker, 'SIGKILL');
    await leader.do('fork');
    await loads;
    isOver = true;
    await scraping;
    expect(seen.length).toBeGreaterThan(3);
    for (let i = 1; i < seen.length; i++)
      assertNoneFell(seen[i - 1] ?? new Map(), seen[i] ?? new Map());
  });

  it('negotiates format and compression as one application does', async () => {
    const { port, metricsPort } = await start({}, 2);
    await work(port, { orders: 1 });
    for (const at of [port, metricsPort]) {
      const accept = 'application/openmetrics-text;version=1.0.0';
      const answer = await ask(at, '/metrics', { headers: { accept, 'accept-encoding': 'gzip' } });
      expect(answer.headers['content-encoding']).toBe('gzip');
      const text = gunzipSync(answer.body).toString();
      expect(parseOpenMetrics(text).size).toBeGreaterThan(10);
    }
  });

  it("adds up what the application has in prom-client, and keeps an ended worker's share", async () => {
    const { leader, port, metricsPort, forked } = await start({}, 2);
    await work(port, {});
    const before = sampleOf(await scrape(metricsPort), 'process_cpu_user_seconds_total') ?? 0;
    await leader.do('end', forked[0]?.worker, 'SIGKILL');
    const text = await scrape(metricsPort);
    expect(sampleOf(text, 'process_cpu_user_seconds_total')).toBeGreaterThanOrEqual(before);
    expect(sampleOf(text, 'nodejs_version_info')).toBe(1);
  });

  it('shows a blocked worker with what it told last, and says so', async () => {
    const { port, metricsPort, leader } = await start({ leader: { timeoutMs: 300 } });
    for (let i = 0; i < 3; i++) await work(port, { orders: 2, gauges: { sum: 5 } });
    await scrape(metricsPort);
    await ask(port, '/work/block/3000');
    const text = await scrape(metricsPort);
    expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(6);
    expect(sampleOf(text, 'shop_sum_level')).toBe(15);
    expect(sampleOf(text, 'eventcore_cluster_members', { state: 'silent' })).toBe(1);
    expect(sampleOf(text, 'eventcore_observability_errors_total', { component: 'cluster' })).toBe(
      1,
    );
    expect(await leader.do('warnings')).toHaveLength(1);
  });

  it('with other buckets in new code is scraped all the same', async () => {
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
    expect(sampleOf(text, 'eventcore_observability_errors_total', { component: 'cluster' })).toBe(
      1,
    );
  });
});

describe('messages of others on the channel', () => {
  it('are left alone, and those that look like ours break nothing', async () => {
    const { leader, port, metricsPort } = await start({}, 2);
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
    for (const it of foreign.filter((it) => it !== null)) await leader.do('foreign', it);
    await leader.do(
      'eval',
      `for (const m of ${JSON.stringify(foreign)}) for (const w of all()) { cluster.emit('message', w, m); }`,
    );
    await leader.do(
      'eval',
      `for (const w of all()) for (const snapshot of [null, {}, { seq: 1, base: 0, takenAtMs: 1, metrics: [{}] }])
        cluster.emit('message', w, { '${key}': 1, member: 'ghost', kind: 'counts', request: 1, isLast: false, snapshot })`,
    );
    await work(port, { orders: 5 });
    expect(sampleOf(await scrape(metricsPort), 'eventcore_commands_total', orders)).toBe(5);
    expect(sampleOf(await scrape(port), 'eventcore_commands_total', orders)).toBe(5);
  });
});

describe('a primary that does not aggregate', () => {
  const unavailable = ({ status, text }: Answer) => {
    expect(status).toBe(503);
    expect(text).toMatch(/^# gathering metrics failed: AggregateUnavailable: .+\n$/);
    return text;
  };

  it('makes a scrape a 503 with the reason, and never the numbers of one worker', async () => {
    const { port } = await start({ leads: false, member: { timeoutMs: 200 } }, 2);
    expect((await work(port, { orders: 1 })).worker).toBeGreaterThan(0);
    expect(unavailable(await ask(port, '/metrics'))).toContain('has to call aggregateCluster()');
    expect((await ask(port, '/health')).status).toBe(200);
  });

  it('may begin to later, and end and begin again', async () => {
    const { leader, port } = await start({ member: { timeoutMs: 3_000 } }, 1);
    await work(port, { orders: 3 });
    await scrape(port);
    await leader.do('close');
    unavailable(await ask(port, '/metrics'));
    await leader.do('again');
    await work(port, { orders: 2 });
    await poll(
      async () =>
        sampleOf(await scrape(port), 'eventcore_commands_total', orders) === 5 ? true : undefined,
      { what: 'the whole', timeoutMs: 20_000 },
    );
  });
});

describe("prom-client's AggregatorRegistry", () => {
  it('adds up our metrics of all workers when they are in its register', async () => {
    const { leader, port } = await start({ member: false, prometheus: { register: true } });
    for (let i = 1; i <= 6; i++)
      await work(port, { orders: 2, gauges: { sum: i, max: i, min: i, last: i } });
    const text = await leader.do<string>(
      'eval',
      `import('prom-client').then(({ AggregatorRegistry }) => new AggregatorRegistry().clusterMetrics())`,
    );
    expect(sampleOf(text, 'eventcore_commands_total', orders)).toBe(12);
    expect(sampleOf(text, 'eventcore_command_duration_seconds_count', succeeded)).toBe(12);
    expect(sampleOf(text, 'shop_sum_level')).toBe(15);
    expect(sampleOf(text, 'shop_max_level')).toBe(6);
    expect(sampleOf(text, 'shop_min_level')).toBe(4);
    expect(sampleOf(text, 'eventcore_build_info')).toBe(1);
  });
});
