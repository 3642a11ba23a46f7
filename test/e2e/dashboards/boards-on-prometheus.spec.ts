import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boards, grafanaDashboard } from '../../../lib/dashboards/index.js';
import { ObservabilityModule, Projection } from '../../../lib/index.js';
import { poll } from '../../system/poll.js';
import { RunningLeader } from '../cluster/running-leader.js';
import { startJudged } from '../module/judged-application.js';
import { RunningApplication } from '../module/running-application.js';
import {
  callHandlers,
  clock,
  workModules,
  OrderLog,
  OrdersController,
  plugins,
  providers,
  Refused,
  workFor,
} from '../module/work-of-every-kind.js';
import { prometheus, RunningPrometheus, type Series } from './running-prometheus.js';

interface Target {
  readonly refId: string;
  readonly expr: string;
}

interface Drawn {
  readonly title: string;
  readonly targets?: readonly Target[];
  readonly panels?: readonly Drawn[];
}

/** A projection that is live and behind; the others are rebuilt, or their head cannot be read. */
@Injectable()
class Stock {
  @Projection({ name: 'Stock', head: OrderLog, eventTime: (recordedMs) => Number(recordedMs) })
  async apply(_recordedMs: number): Promise<void> {}
}

const NODE = `node_uname_info{nodename="one"} 1
node_cpu_seconds_total{cpu="0",mode="idle"} 10
node_load5 0.5
node_memory_MemAvailable_bytes 2e9
node_memory_MemTotal_bytes 4e9
node_filesystem_avail_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 1e9
node_filesystem_size_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 4e9
node_disk_read_bytes_total{device="sda"} 1
node_disk_written_bytes_total{device="sda"} 1
node_network_receive_bytes_total{device="eth0"} 1
node_network_transmit_bytes_total{device="eth0"} 1
`;

const health = {
  checks: [
    { name: 'orders_log', check: () => clock.advance(10) },
    {
      name: 'payments',
      check: () => {
        throw new Error('down');
      },
    },
  ],
};

// Those of the application, one that is judged by its history, the primary of workers, and the machine.
const PAGES = 4;

const hostOf = (url: string) => new URL(url).host;

// Needs Debian's prometheus.
describe.skipIf(prometheus === undefined)('Boards on Prometheus', () => {
  let application: RunningApplication;
  let judged: RunningApplication;
  let leader: RunningLeader;
  let node: Server;
  let server: RunningPrometheus;

  beforeAll(async () => {
    application = await RunningApplication.start({
      imports: [
        ...workModules,
        ObservabilityModule.forRoot({ clock, rejections: [Refused], health, plugins }),
      ],
      controllers: [OrdersController],
      providers: [...providers, Stock],
      configure: (app) => void app.useWebSocketAdapter(new WsAdapter(app)),
    });
    judged = await startJudged();
    leader = new RunningLeader({ port: 0 });
    node = createServer((_, response) => response.end(NODE)).listen(0, '127.0.0.1');
    server = await RunningPrometheus.start({
      shop: [hostOf(application.url), hostOf(judged.url), `127.0.0.1:${await leader.do('port')}`],
      node: [`127.0.0.1:${(node.address() as AddressInfo).port}`],
    });
    const workers = Promise.all([leader.do('fork'), leader.do('fork')]);
    await workFor(application);
    await visit();
    await workers;
    await scrapedAgain();
    await callHandlers(application);
    await visit();
    await scrapedAgain();
  });

  afterAll(async () => {
    await server?.stop();
    node?.close();
    await leader?.close();
    await judged?.close();
    await application?.close();
  });

  async function visit(): Promise<void> {
    await application.app.get(Stock).apply(clock.wallMs() - 500);
    for (const path of ['/orders/7', '/orders/missing', '/orders/broken', '/health'])
      await application.get(path, { headers: { 'x-envoy-attempt-count': '2' } });
  }

  /** Resolves once Prometheus has read each page twice from now on, so that counters have two values. */
  async function scrapedAgain(): Promise<void> {
    const since = Date.now();
    const readTwice = async () => {
      const seconds = Math.floor((Date.now() - since) / 1000);
      if (seconds < 2) return undefined;
      const pages = await server.query(`sum_over_time(up[${seconds}s]) >= 2`);
      return pages.length === PAGES ? true : undefined;
    };
    await poll(readTwice, { what: 'two scrapes', timeoutMs: 60_000 });
  }

  /** The series of a query, once there are enough: a scrape that fails ends those of its page until the next one. */
  const answered = (query: string, count = 1): Promise<readonly Series[]> =>
    poll(
      async () => {
        const series = await server.query(query);
        return series.length >= count ? series : undefined;
      },
      { what: query, timeoutMs: 20_000 },
    );

  it.each(boards.map((it) => [it.title, it] as const))(
    'Every query of the board %s has a number in an application with work of every kind',
    async (_title, board) => {
      const choices = (board.variables ?? []).map(({ name, choices: [first] = ['.+'] }) => [
        name,
        first,
      ]);
      const values: Readonly<Record<string, string | undefined>> = {
        job: '.+',
        instance: '.+',
        __rate_interval: '5m',
        __range: '1h',
        ...Object.fromEntries(choices),
      };
      const { panels } = grafanaDashboard(board) as unknown as { panels: readonly Drawn[] };
      const targets = panels
        .flatMap((it) => [it, ...(it.panels ?? [])])
        .flatMap(({ title, targets: own = [] }) => own.map((it) => ({ title, ...it })));
      const numberless = async () => {
        const answers = targets.map(async ({ title, refId, expr }) => {
          const query = expr.replaceAll(/\$(\w+)/g, (_, name: string) => String(values[name]));
          const series = await server.query(query);
          const hasNumber = series.some(({ value }) => Number.isFinite(Number(value[1])));
          return hasNumber ? [] : [`${title} ${refId}: ${query}`];
        });
        return (await Promise.all(answers)).flat();
      };
      expect(targets.length).toBeGreaterThan(5);
      // On a busy machine a scrape may fail, which ends all series of its page until the next one.
      await expect.poll(numberless, { timeout: 20_000 }).toEqual([]);
    },
  );

  it('A lag leaves out a projection that is being rebuilt, and shows the others', async () => {
    const lag = boards
      .flatMap(({ rows }) => rows.flatMap(({ panels }) => panels))
      .find(({ title }) => title === 'Lag by projection');
    const [expr = ''] = Object.values(lag?.queries ?? {});
    const query = expr.replaceAll('$scope', 'job="shop"').replaceAll('$projection', '.+');
    const names = (await answered(query)).map(({ metric }) => metric['projection_name']);
    expect(names).toEqual(['Stock']);
  });

  it('A start of a process is marked at its time', async () => {
    const [overview] = boards as [(typeof boards)[number]];
    const { annotations } = grafanaDashboard(overview) as unknown as {
      annotations: { list: readonly { expr: string }[] };
    };
    const [starts] = annotations.list;
    const query = (starts?.expr ?? '').replaceAll(/\$(?:job|instance)/g, '.+');
    const times = (await answered(query, 2)).map(({ value }) => Number(value[1]));
    const started = Date.now() - process.uptime() * 1000;
    expect(times.some((it) => Math.abs(it - started) < 5_000)).toBe(true);
  });
});
