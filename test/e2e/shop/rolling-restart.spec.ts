import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { RunningShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';
import { Balancer } from '../health/balancer.js';
import { ShopLog } from './shop-driver.js';

// RESTARTS=20 for the long run.
const RESTARTS = Number(process.env['RESTARTS'] ?? 2);
const CUSTOMERS = 6;
const START_MS = 120_000;
const LIMIT_MS = 60_000 + RESTARTS * 40_000;
const CHANGES = [[], ['pay'], ['pay', 'ship'], ['cancel'], ['pay', 'cancel']] as const;
const EVENT_OF = { pay: 'OrderPaid', ship: 'OrderShipped', cancel: 'OrderCancelled' } as const;

/** What customers do over and over: each order is placed, and then changed. */
class Customers {
  /** An order and the type of an event each, of what was accepted. */
  readonly accepted: string[] = [];
  readonly failures: unknown[] = [];
  readonly #over = new AbortController();
  readonly #loops: Promise<void>[];

  constructor(readonly url: string) {
    this.#loops = Array.from({ length: CUSTOMERS }, (_, i) => this.#buy(i));
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#loops);
  }

  async #buy(customer: number): Promise<void> {
    for (let i = customer; !this.#over.signal.aborted; i++) {
      const body = await this.#post('/orders', { sku: 'espresso-beans', quantity: 1 });
      if (body === undefined) continue;
      const { id } = body;
      this.accepted.push(`${id} OrderPlaced`);
      for (const change of CHANGES[i % CHANGES.length] ?? []) {
        if (await this.#post(`/orders/${id}/${change}`))
          this.accepted.push(`${id} ${EVENT_OF[change]}`);
      }
    }
  }

  async #post(path: string, body?: object): Promise<{ readonly id: string } | undefined> {
    try {
      const response = await fetch(this.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.ok) return JSON.parse(text) as { readonly id: string };
      this.failures.push([path, response.status, text]);
    } catch (error) {
      this.failures.push([path, String(error)]);
    }
    return undefined;
  }
}

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)('shops behind a balancer', () => {
  let database: RunningPostgres;
  let pool: pg.Pool;
  const shops = new Set<RunningShop>();

  beforeAll(async () => {
    database = await RunningPostgres.start();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    pool.on('error', () => undefined);
  }, START_MS);

  afterEach(async () => {
    await Promise.all([...shops].map((it) => it.kill()));
  });

  afterAll(async () => {
    await pool?.end();
    await database?.stop();
  });

  async function open(role: string, port: number): Promise<RunningShop> {
    const shop = await RunningShop.start({
      SHOP_ROLE: role,
      PORT: String(port),
      DATABASE_URL: database.url,
      TRAFFIC: '0',
      FAULT_RATE: '0',
      READINESS_DELAY_MS: '500',
    });
    shops.add(shop);
    return shop;
  }

  /** Ends it by SIGTERM and starts it anew. */
  async function restart(shop: RunningShop, role: string, port: number): Promise<RunningShop> {
    expect(await shop.stop()).toBeNull();
    shops.delete(shop);
    return open(role, port);
  }

  it(
    `A series of ${RESTARTS} rolling restarts fails no request, loses no event and applies none in part`,
    async () => {
      const ports = [await freePort(), await freePort()];
      let projector = await open('projector', 0);
      const apis = await Promise.all(ports.map((it) => open('api', it)));
      const balancer = new Balancer();
      const url = await balancer.open();
      for (const port of ports) await balancer.add(`http://localhost:${port}`);
      const customers = new Customers(url);
      for (let i = 0; i < RESTARTS; i++) {
        const port = ports[i % 2] as number;
        apis[i % 2] = await restart(apis[i % 2] as RunningShop, 'api', port);
        await poll(async () => balancer.isReady(`http://localhost:${port}`) || undefined, {
          what: 'the next one in service',
          timeoutMs: 10_000,
        });
        if (i % 4 === 1) projector = await restart(projector, 'projector', 0);
      }
      await customers.stop();
      expect(customers.failures).toEqual([]);
      expect(customers.accepted.length).toBeGreaterThan(RESTARTS * 20);

      const log = new ShopLog(pool);
      const logged = (await log.events()).filter(({ type }) => type.startsWith('Order'));
      expect(logged.map(({ type, data }) => `${data.orderId} ${type}`).toSorted()).toEqual(
        customers.accepted.toSorted(),
      );
      const expected = await log.expectedModel();
      const isCaughtUp = async () =>
        isDeepStrictEqual(await log.readModel(), expected) || undefined;
      await poll(isCaughtUp, { what: 'caught up', timeoutMs: 30_000 }).catch(() => undefined);
      expect(await log.readModel()).toEqual(expected);
      if (process.env['RESTARTS'] !== undefined)
        console.info(
          `${RESTARTS} restarts: ${customers.accepted.length} requests accepted, 0 failed`,
        );
      await balancer.close();
      await Promise.all([projector, ...apis].map((it) => it.stop()));
    },
    LIMIT_MS,
  );
});
