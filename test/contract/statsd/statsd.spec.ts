import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { statsd, type StatsdOptions } from '../../../lib/exporters/statsd/index.js';
import { loadUnixDgram } from '../../../lib/exporters/statsd/unix-transport.js';
import type { PushExporter } from '../../../lib/exporters/port/metrics-exporter.js';
import { exporterContract } from '../../../lib/testing/index.js';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { makeRegistry } from '../../unit/metrics/registry-of-test.js';
import { StatsdServer, sumOf } from './statsd-server.js';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function openExporter(options: StatsdOptions) {
  const { registry, clock } = makeRegistry();
  const exporter = (await statsd(options).open({
    application: {
      serviceName: 'shop',
      serviceVersion: '1.0.0',
      environment: undefined,
      labels: { team: 'orders' },
    },
    startedAtMs: clock.wallMs(),
    clock,
    read: () => registry.snapshot(),
    onSeriesEnd: (listen) => registry.onSeriesEnd(listen),
    report: () => undefined,
  })) as PushExporter;
  closing.push(() => exporter.close?.());
  const send = (signal = new AbortController().signal) =>
    exporter.export(registry.snapshot(), signal);
  return { registry, clock, send };
}

async function openServer(): Promise<StatsdServer> {
  const server = await new StatsdServer().open();
  closing.push(() => server.close());
  return server;
}

const countOf = (server: StatsdServer, lines: number) =>
  poll(async () => (server.lines.length >= lines ? true : undefined), {
    what: `${lines} lines`,
    timeoutMs: 5_000,
  });

describe('the exporter of StatsD over UDP', () => {
  const cases = exporterContract({
    create: async () => {
      const server = await new StatsdServer().open();
      return {
        exporter: statsd({ host: '127.0.0.1', port: server.port }),
        target: () => undefined,
        counted: () => server.sum('contract_things_total', 'kind:a'),
        close: () => server.close(),
      };
    },
    without: { refusing: 'UDP has no answers', hanging: 'UDP has no answers' },
  });
  const tried = cases.filter(({ skip }) => skip === undefined);
  it.each(tried.map((it) => [it.title, it] as const))(
    'The exporter of StatsD over UDP %s',
    async (_title, { run }) => {
      await expect(run()).resolves.toBeUndefined();
    },
  );
});

describe('the exporter of StatsD over a function', () => {
  const cases = exporterContract({
    create: () => {
      const lines: string[] = [];
      let state = 'taking';
      return {
        exporter: statsd({
          maxDatagramBytes: 64,
          send: async (datagram) => {
            if (state === 'refusing') throw new Error('no');
            if (state === 'hanging') await new Promise(() => undefined);
            lines.push(...Buffer.from(datagram).toString().split('\n'));
          },
        }),
        target: (it) => void (state = it),
        counted: () => sumOf(lines, 'contract_things_total', 'kind:a'),
      };
    },
  });
  it.each(cases.map((it) => [it.title, it] as const))(
    'The exporter of StatsD over a function %s',
    async (_title, { run }) => {
      await expect(run()).resolves.toBeUndefined();
    },
  );
});

describe('an export of 20,000 series', () => {
  it('An export of 20,000 series gives way to others, and goes on where it was when it is given up', async () => {
    const lines: string[] = [];
    const { registry, send } = await openExporter({
      send: (datagram) => void lines.push(...Buffer.from(datagram).toString().split('\n')),
    });
    const orders = registry.counter({
      name: 'orders_total',
      help: 'O.',
      labels: ['id'],
      seriesLimit: 30_000,
    });
    for (let id = 0; id < 20_000; id++) orders.labels({ id }).inc();
    const abort = new AbortController();
    const giving = send(abort.signal).catch((error: Error) => error.message);
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    const sentBefore = lines.length;
    expect(sentBefore).toBeGreaterThan(500);
    expect(sentBefore).toBeLessThan(15_000);
    abort.abort(new Error('late'));
    expect(await giving).toBe('late');
    orders.labels({ id: 0 }).inc(5);
    await send();
    expect(sumOf(lines, 'orders_total', '')).toBe(20_005);
  });
});

describe('a DogStatsD server', () => {
  it('A DogStatsD server gets counters as deltas, gauges as values and histograms as counts per bucket', async () => {
    const server = await openServer();
    const { registry, send } = await openExporter({
      port: server.port,
      prefix: 'my shop',
      tags: { region: 'eu' },
    });
    const orders = registry.counter({ name: 'orders_total', help: 'O.', labels: ['kind'] });
    orders.labels({ kind: 'b2b' }).inc(3);
    orders.labels({ kind: 'none' });
    const gauge = registry.gauge({ name: 'level', help: 'L.' });
    gauge.set(-1.5);
    const wait = registry.histogram({ name: 'wait_seconds', help: 'W.', buckets: [0.1, 1] });
    for (const it of [0.05, 0.5, 0.25, 7]) wait.observe(it);
    await send();
    await countOf(server, 7);
    const tags = '|#team:orders,service:shop,region:eu';
    expect(server.lines).toEqual([
      `my_shop.orders_total:3|c${tags},kind:b2b`,
      `my_shop.level:-1.5|g${tags}`,
      `my_shop.wait_seconds_bucket:1|c${tags},le:0.1`,
      `my_shop.wait_seconds_bucket:2|c${tags},le:1`,
      `my_shop.wait_seconds_bucket:1|c${tags},le:inf`,
      `my_shop.wait_seconds_count:4|c${tags}`,
      `my_shop.wait_seconds_sum:7.8|c${tags}`,
    ]);
    orders.labels({ kind: 'b2b' }).inc(2);
    await send();
    await countOf(server, 9);
    expect(server.lines.slice(7)).toEqual([
      `my_shop.orders_total:2|c${tags},kind:b2b`,
      `my_shop.level:-1.5|g${tags}`,
    ]);
  });

  it('A DogStatsD server gets distributions whose weights and sum are those that were observed', async () => {
    const server = await openServer();
    const { registry, send } = await openExporter({
      port: server.port,
      histograms: 'distributions',
    });
    const wait = registry.histogram({ name: 'wait_seconds', help: 'W.', buckets: [0.1, 1, 10] });
    for (const it of [0.05, 0.3, 0.5, 0.9, 7]) wait.observe(it);
    await send();
    await countOf(server, 3);
    const points = server.lines.map((line) => {
      const [, value, rate = '1'] = /^wait_seconds:([^|]+)\|d(?:\|@([^|]+))?\|#/.exec(line) ?? [];
      return { value: Number(value), weight: 1 / Number(rate) };
    });
    expect(points.map(({ weight }) => weight)).toEqual([1, 3, 1]);
    expect(points.reduce((sum, it) => sum + it.value * it.weight, 0)).toBeCloseTo(8.75);
    const [first, second, third] = points.map(({ value }) => value) as [number, number, number];
    expect(0 < first && first <= 0.1 && 0.1 < second && second <= 1).toBe(true);
    expect(1 < third && third <= 10).toBe(true);
  });

  it('A DogStatsD server gets datagrams that fit into a frame, and nothing is cut', async () => {
    const server = await openServer();
    const { registry, send } = await openExporter({ port: server.port });
    const orders = registry.counter({ name: 'orders_total', help: 'O.', labels: ['kind'] });
    for (let i = 0; i < 500; i++) orders.labels({ kind: `kind ${i}` }).inc(i + 1);
    await send();
    await countOf(server, 500);
    expect(server.datagrams.length).toBeGreaterThan(10);
    const sizes = server.datagrams.map((it) => Buffer.byteLength(it));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1432);
    // All but the last are as full as they can be.
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(1432 - 100);
    expect(server.sum('orders_total')).toBe((500 * 501) / 2);
  });

  it('A DogStatsD server that is down fails the export, and gets what could not be sent when it is back', async () => {
    const server = await openServer();
    const { registry, send } = await openExporter({ port: server.port, maxDatagramBytes: 64 });
    const orders = registry.counter({ name: 'orders_total', help: 'O.', labels: ['kind'] });
    orders.labels({ kind: 'a' }).inc(1);
    await send();
    await countOf(server, 1);
    await server.close();
    for (const kind of ['b', 'c', 'd']) orders.labels({ kind }).inc(1);
    await expect(send()).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    orders.labels({ kind: 'e' }).inc(1);
    await send();
    await poll(async () => (server.sum('orders_total', 'kind:e') === 1 ? true : undefined), {
      what: 'the last line',
      timeoutMs: 5_000,
    });
    // The datagram that was refused had left; UDP brings nothing back. None arrives twice.
    const sums = ['a', 'b', 'c', 'd', 'e'].map((it) => server.sum('orders_total', `kind:${it}`));
    expect(Math.max(...sums)).toBe(1);
    expect(sums.reduce((sum, it) => sum + it)).toBeGreaterThanOrEqual(4);
  });

  it('A DogStatsD server whose name is unknown fails the export, and so does nobody at the port', async () => {
    const unknown = await openExporter({ host: 'no-such-host.invalid' });
    unknown.registry.counter({ name: 'orders_total', help: 'O.' }).inc(1);
    await expect(unknown.send()).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
    const nobody = await openExporter({ port: await freePort() });
    nobody.registry.counter({ name: 'orders_total', help: 'O.' }).inc(1);
    await expect(nobody.send()).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('a StatsD server that knows no tags', () => {
  it('A StatsD server that knows no tags gets labels as parts of the name', async () => {
    const server = await openServer();
    const { registry, send } = await openExporter({
      port: server.port,
      dialect: 'statsd',
      histograms: 'timings',
    });
    const orders = registry.counter({ name: 'orders_total', help: 'O.', labels: ['kind'] });
    orders.labels({ kind: 'v1.2|x' }).inc(3);
    registry.gauge({ name: 'level', help: 'L.' }).set(-2);
    registry
      .histogram({ name: 'wait_seconds', help: 'W.', unit: 'seconds', buckets: [1] })
      .observe(0.25);
    registry.histogram({ name: 'batch', help: 'B.', buckets: [8] }).observe(4);
    await send();
    await countOf(server, 5);
    expect(server.lines).toEqual([
      'orders_total.team.orders.service.shop.kind.v1_2_x:3|c',
      'level.team.orders.service.shop:0|g',
      'level.team.orders.service.shop:-2|g',
      'wait_seconds.team.orders.service.shop:250|ms',
      'batch.team.orders.service.shop:4|h',
    ]);
  });
});

describe('what would break a line', () => {
  it.each(['a,b', 'a|b', 'a#b', 'a\nb:1|c', 'a b', '\u0000', 'a:b', 'ä😀', '\ud800'])(
    'A character that would break a StatsD line is replaced in a tag: %j',
    async (kind) => {
      const server = await openServer();
      const { registry, send } = await openExporter({ port: server.port });
      registry
        .counter({ name: 'orders_total', help: 'O.', labels: ['kind'] })
        .labels({ kind })
        .inc(2);
      await send();
      await countOf(server, 1);
      expect(server.lines).toHaveLength(1);
      const [, value] = /^orders_total:2\|c\|#team:orders,service:shop,kind:([^,|#\n ]*)$/.exec(
        server.lines[0] ?? '',
      ) as RegExpExecArray;
      expect(value).toBe(kind.toWellFormed().replace(/[,|#\n\s\0]/g, '_'));
    },
  );
});

const hasUnixDgram = await import('unix-dgram' as string).then(
  () => true,
  () => false,
);
const hasPython = (() => {
  try {
    return execFileSync('python3', ['--version']).length > 0;
  } catch {
    return false;
  }
})();

// Needs the package unix-dgram, which is compiled where it is installed, and Python as the server.
describe.skipIf(!hasUnixDgram || !hasPython)('a DogStatsD server at a Unix socket', () => {
  it('A DogStatsD server at a Unix socket gets datagrams', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'statsd-')), 'socket');
    const program = `import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("${path}")
print("open", flush=True)
print(s.recv(65536).decode(), flush=True)`;
    const server = spawn('python3', ['-c', program]);
    closing.push(() => server.kill());
    await once(server.stdout, 'data');
    const { registry, send } = await openExporter({ socketPath: path });
    registry.counter({ name: 'orders_total', help: 'O.' }).inc(2);
    const received = once(server.stdout, 'data');
    await send();
    expect(String((await received)[0]).trim()).toBe('orders_total:2|c|#team:orders,service:shop');
  });

  it('A DogStatsD server at a Unix socket that is not there fails the export', async () => {
    const { registry, send } = await openExporter({ socketPath: '/nowhere/socket' });
    registry.counter({ name: 'orders_total', help: 'O.' }).inc(2);
    await expect(send()).rejects.toThrow();
  });
});

describe('a Unix socket without the package unix-dgram', () => {
  it('A Unix socket without the package unix-dgram ends the start with what to install', async () => {
    await expect(loadUnixDgram('/run/statsd', async () => undefined)).rejects.toThrow(
      /OBS_PEER_MISSING[^]*npm install unix-dgram/,
    );
  });
});
