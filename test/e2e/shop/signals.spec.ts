import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../system/poll.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { RunningShop, spawnShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';
import { ShopDriver, ShopLog } from './shop-driver.js';

const TEST_MS = 120_000;
const READINESS_DELAY_MS = 700;
const DRAIN_TIMEOUT_MS = 2_000;
const FLUSH_TIMEOUT_MS = 2_000;
// For Nest, the pool of the shop and a machine that has other things to do.
const LIMIT_MS = READINESS_DELAY_MS + DRAIN_TIMEOUT_MS + FLUSH_TIMEOUT_MS + 6_000;
const SET_UP_LOCK = 20_261_121;

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)('SIGTERM, sent twice, to a shop', () => {
  let database: RunningPostgres;
  let pool: pg.Pool;
  let log: ShopLog;
  let shops: RunningShop[] = [];
  let closing: (() => unknown)[] = [];

  beforeAll(async () => {
    database = await RunningPostgres.start();
    pool = new pg.Pool({ connectionString: database.url, max: 4 });
    pool.on('error', () => undefined);
    log = new ShopLog(pool);
    // Shelves are filled by whoever runs projections.
    const { shop } = await open('all');
    await shop.stop();
  }, TEST_MS);

  afterEach(async () => {
    for (const close of closing.toReversed()) await close();
    await Promise.all(shops.map((it) => it.kill()));
    shops = [];
    closing = [];
  }, TEST_MS);

  afterAll(async () => {
    await pool?.end();
    await database?.stop();
  }, TEST_MS);

  const settings = (role: string, { url = database.url, drainMs = DRAIN_TIMEOUT_MS } = {}) => ({
    SHOP_ROLE: role,
    DATABASE_URL: url,
    TRAFFIC: '0',
    FAULT_RATE: '0',
    READINESS_DELAY_MS: String(READINESS_DELAY_MS),
    DRAIN_TIMEOUT_MS: String(drainMs),
  });

  async function open(role: string, more = {}): Promise<ShopDriver> {
    const shop = await RunningShop.start(settings(role, more));
    shops.push(shop);
    return new ShopDriver(shop);
  }

  const statuses = ({ shop }: ShopDriver) =>
    Promise.all(
      ['/health/live', '/health/ready', '/health'].map(
        async (path) => (await fetch(shop.url + path)).status,
      ),
    );

  /** Tells it to end and looks at what it says meanwhile. @returns How long it took, in milliseconds. */
  async function terminate(driver: ShopDriver, meanwhile = async () => {}): Promise<number> {
    const startedMs = performance.now();
    const exited = driver.shop.stop();
    await poll(
      async () => (await fetch(`${driver.shop.url}/health/ready`)).status === 503 || undefined,
      { what: 'not ready', timeoutMs: READINESS_DELAY_MS },
    );
    expect(await statuses(driver)).toEqual([200, 503, 503]);
    void driver.shop.stop();
    await meanwhile();
    // By the signal itself: nobody called process.exit().
    expect(await exited).toBeNull();
    return performance.now() - startedMs;
  }

  /**
   * Holds a table in share mode, so that whoever writes it waits. A stronger mode has a transaction id, and readers of the
   * log wait for all that are older than an event. @returns Lets go of it.
   */
  async function hold(statement: string): Promise<() => Promise<void>> {
    const session = await pool.connect();
    await session.query('BEGIN');
    await session.query(statement);
    let isHeld = true;
    const release = async () => {
      if (!isHeld) return;
      isHeld = false;
      await session.query('COMMIT');
      session.release();
    };
    closing.push(release);
    return release;
  }

  const somebodyWaits = () =>
    poll(
      async () => {
        const { rows } = await pool.query('SELECT 1 FROM pg_locks WHERE NOT granted');
        return rows.length > 0 || undefined;
      },
      { what: 'somebody who waits', timeoutMs: 20_000 },
    );

  /** Another process goes on where it was, and then nothing is missing and nothing applied twice. */
  async function expectNothingInPart(): Promise<void> {
    const { shop } = await open('projector');
    const expected = await log.expectedModel();
    const isSo = async () => isDeepStrictEqual(await log.readModel(), expected) || undefined;
    await poll(isSo, { what: 'caught up', timeoutMs: 20_000 }).catch(() => undefined);
    expect(await log.readModel()).toEqual(expected);
    await shop.stop();
  }

  it(
    'SIGTERM, sent twice, to a shop that serves ends it in time, unready from the first moment on',
    async () => {
      const driver = await open('all');
      await driver.place();
      expect(await statuses(driver)).toEqual([200, 200, 200]);
      const tookMs = await terminate(driver, async () => {
        await driver.place();
      });
      expect(tookMs).toBeGreaterThan(READINESS_DELAY_MS);
      expect(tookMs).toBeLessThan(LIMIT_MS);
    },
    TEST_MS,
  );

  it(
    'SIGTERM, sent twice, to a shop in the middle of a command lets it finish',
    async () => {
      const driver = await open('api', { drainMs: 20_000 });
      const release = await hold('LOCK TABLE emt_messages IN SHARE MODE');
      const order = driver.place();
      await somebodyWaits();
      const tookMs = await terminate(driver, release);
      const { id } = await order;
      expect((await log.events()).map(({ data }) => data.orderId)).toContain(id);
      expect(tookMs).toBeLessThan(LIMIT_MS);
    },
    TEST_MS,
  );

  it(
    'SIGTERM, sent twice, to a shop in the middle of a batch of a projection lets it finish',
    async () => {
      const driver = await open('all', { drainMs: 20_000 });
      await driver.untilIdle();
      const release = await hold('LOCK TABLE order_summary IN SHARE MODE');
      const order = await driver.place();
      await somebodyWaits();
      await driver.placeMany(20);
      const tookMs = await terminate(driver, release);
      expect((await log.readModel()).orders[order.id]).toBe('placed');
      expect(tookMs).toBeLessThan(LIMIT_MS);
      await expectNothingInPart();
    },
    TEST_MS,
  );

  it(
    'SIGTERM, sent twice, to a shop in the middle of a batch that does not end gives it up as a whole',
    async () => {
      const driver = await open('all');
      await driver.untilIdle();
      const release = await hold('LOCK TABLE order_summary IN SHARE MODE');
      const order = await driver.place();
      await somebodyWaits();
      await driver.placeMany(20);
      const tookMs = await terminate(driver);
      expect(tookMs).toBeGreaterThan(READINESS_DELAY_MS + DRAIN_TIMEOUT_MS);
      expect(tookMs).toBeLessThan(LIMIT_MS);
      await release();
      expect((await log.readModel()).orders).not.toHaveProperty(order.id);
      await expectNothingInPart();
    },
    TEST_MS,
  );

  it(
    'SIGTERM, sent twice, to a shop whose database is down ends it in time',
    async () => {
      const own = await RunningPostgres.start();
      const driver = await open('all', { url: own.url });
      await own.stop();
      await poll(async () => (await statuses(driver))[2] === 503 || undefined, {
        what: 'a failed check',
        timeoutMs: 10_000,
      });
      expect(await statuses(driver)).toEqual([200, 503, 503]);
      expect((await driver.health()).details['event_store']).toMatchObject({
        status: 'down',
        code: 'ECONNREFUSED',
      });
      expect(await terminate(driver)).toBeLessThan(LIMIT_MS);
    },
    TEST_MS,
  );

  it(
    'SIGTERM, sent twice, to a shop whose database hangs ends it in time, and so does each of its checks',
    async () => {
      const driver = await open('all');
      database.freeze();
      closing.push(() => database.thaw());
      const slowest = async () => {
        const startedMs = performance.now();
        const { details } = await driver.health();
        expect(performance.now() - startedMs).toBeLessThan(2_000 + 1_000);
        return details['event_store']?.['reason'] === 'no answer within 2000 ms' || undefined;
      };
      await poll(slowest, { what: 'a check that gives up', timeoutMs: 10_000 });
      expect(await statuses(driver)).toEqual([200, 503, 503]);
      const tookMs = await terminate(driver);
      expect(tookMs).toBeGreaterThan(READINESS_DELAY_MS + DRAIN_TIMEOUT_MS);
      expect(tookMs).toBeLessThan(LIMIT_MS);
    },
    TEST_MS,
  );

  describe('that starts', () => {
    const starting = (url: string) => {
      const child = spawnShop(settings('all', { url }));
      closing.push(() => child.kill('SIGKILL'));
      let output = '';
      child.stdout.on('data', (it) => (output += String(it)));
      const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
      const signal = () => {
        child.kill('SIGTERM');
        child.kill('SIGTERM');
      };
      return { exited, signal, output: () => output };
    };

    it(
      'A shop that starts and waits for another process ends it in time, and the next one starts',
      async () => {
        const release = await hold(`SELECT pg_advisory_xact_lock(${SET_UP_LOCK})`);
        const { exited, signal, output } = starting(database.url);
        await somebodyWaits();
        const startedMs = performance.now();
        signal();
        expect(await exited).toEqual([null, 'SIGTERM']);
        expect(performance.now() - startedMs).toBeLessThan(LIMIT_MS);
        expect(output()).not.toContain('The shop is open');
        await release();
        const driver = await open('all');
        await driver.place();
        await driver.shop.stop();
      },
      TEST_MS,
    );

    it(
      'A shop that starts and waits for a database that hangs ends it in time',
      async () => {
        const hanging: Server = createServer((it) => it.on('error', () => undefined));
        hanging.listen(0, '127.0.0.1');
        await once(hanging, 'listening');
        closing.push(() => hanging.close());
        const { port } = hanging.address() as AddressInfo;
        const { exited, signal, output } = starting(`postgresql://shop@127.0.0.1:${port}/postgres`);
        await once(hanging, 'connection');
        const startedMs = performance.now();
        signal();
        expect(await exited).toEqual([null, 'SIGTERM']);
        expect(performance.now() - startedMs).toBeLessThan(LIMIT_MS);
        expect(output()).not.toContain('The shop is open');
      },
      TEST_MS,
    );
  });
});
