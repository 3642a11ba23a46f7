import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { poll } from '../../system/poll.js';
import { platforms } from '../module/running-application.js';
import { Balancer } from './balancer.js';
import { OrderApplication } from './order-application.js';

const RESTARTS = Number(process.env['RESTARTS'] ?? 2);
const CLIENTS = 6;
const LIMIT_MS = 60_000 + RESTARTS * 30_000;

let folder: string;
let log: string;
let applications: OrderApplication[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orders-'));
  log = join(folder, 'applied');
  writeFileSync(log, '');
});

afterEach(() => {
  for (const it of applications) it.kill();
  applications = [];
  rmSync(folder, { recursive: true, force: true });
});

async function open(platform: string, drain: object): Promise<OrderApplication> {
  const application = await OrderApplication.start({ platform, log, drain });
  applications.push(application);
  return application;
}

const applied = () => readFileSync(log, 'utf8').trim().split('\n').filter(Boolean).toSorted();

const place = (url: string, order: string) =>
  fetch(`${url}/orders/${order}`, { method: 'POST' }).then(
    async (response) => [response.status, await response.text()] as const,
    (error: unknown) => [0, String(error)] as const,
  );

describe.each(platforms)('on %s', (platform) => {
  it(
    `A series of ${RESTARTS} rolling restarts under load fails no request and loses no event`,
    async () => {
      const drain = { readinessDelayMs: 250 };
      const balancer = new Balancer();
      const url = await balancer.open();
      let [older, newer] = await Promise.all([open(platform, drain), open(platform, drain)]);
      await Promise.all([balancer.add(older.url), balancer.add(newer.url)]);
      const placed: string[] = [];
      const failures: unknown[] = [];
      const over = new AbortController();
      const client = async (name: number) => {
        for (let n = 0; !over.signal.aborted; n++) {
          const order = `order-${name}-${n}`;
          const [status, text] = await place(url, order);
          if (status === 201) placed.push(order);
          else failures.push([order, status, text]);
        }
      };
      const clients = Array.from({ length: CLIENTS }, (_, name) => client(name));
      for (let i = 0; i < RESTARTS; i++) {
        const next = await open(platform, drain);
        await balancer.add(next.url);
        older.terminate();
        expect(await older.exited).toEqual([null, 'SIGTERM']);
        balancer.remove(older.url);
        [older, newer] = [newer, next];
      }
      over.abort();
      await Promise.all(clients);
      for (const it of [older, newer]) it.terminate();
      await Promise.all([older.exited, newer.exited]);
      await balancer.close();
      expect(failures).toEqual([]);

      expect(placed.length).toBeGreaterThan(100);
      expect(applied()).toEqual(placed.toSorted());
    },
    LIMIT_MS,
  );

  it('A signal in the middle of a command, sent twice, lets the command and its event finish', async () => {
    const application = await open(platform, {});
    const held = place(application.url, 'held-1');
    await poll(async () => application.said('started held-1') || undefined, {
      what: 'the command',
      timeoutMs: 20_000,
    });
    application.terminate();
    await poll(
      async () => (await fetch(`${application.url}/health/ready`)).status === 503 || undefined,
      { what: 'not ready', timeoutMs: 20_000 },
    );
    application.terminate();
    expect((await fetch(`${application.url}/health/live`)).status).toBe(200);
    const startedMs = performance.now();
    writeFileSync(`${log}-held-1`, '');
    expect((await held)[0]).toBe(201);
    expect(await application.exited).toEqual([null, 'SIGTERM']);
    expect(applied()).toEqual(['held-1']);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
