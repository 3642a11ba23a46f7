import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../system/poll.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { RunningShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';
import { PROJECTION_NAMES, ShopDriver, ShopLog } from './shop-driver.js';

const BATCH_SIZE = 100;
const SETTINGS = { TRAFFIC: '0', FAULT_RATE: '0', DEMO: 'true', PROGRESS_PERIOD_MS: '200' };

/** A database with what the test itself does in it. */
async function startDatabase() {
  const server = await RunningPostgres.start();
  const pool = new pg.Pool({ connectionString: server.url, max: 4 });
  pool.on('error', () => {});
  const stop = async () => {
    await pool.end();
    await server.stop();
  };
  return { url: server.url, pool, log: new ShopLog(pool), stop };
}

type Database = Awaited<ReturnType<typeof startDatabase>>;

/** Holds up whoever needs what the statement locks. @returns Lets go. */
async function lock(pool: pg.Pool, statement: string): Promise<() => Promise<void>> {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query(statement);
  return async () => {
    await client.query('ROLLBACK');
    client.release();
  };
}

const isStuck = (log: ShopLog, statement: string) =>
  poll(async () => (await log.waiting(statement)) > 0 || undefined, {
    what: `${statement} waits`,
    timeoutMs: 20_000,
  });

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)(
  'a projection of the shop',
  { timeout: 120_000 },
  () => {
    let database: Database;
    let shop: ShopDriver;

    beforeAll(async () => {
      database = await startDatabase();
      shop = new ShopDriver(await RunningShop.start({ ...SETTINGS, DATABASE_URL: database.url }));
    }, 120_000);

    afterAll(async () => {
      await shop?.shop.stop();
      await database?.stop();
    });

    it('A projection of the shop has no lag when everything is applied', async () => {
      const view = await shop.untilIdle();
      for (const name of PROJECTION_NAMES) expect(view.lagSeconds(name)).toBe(0);
    });

    it('A projection of the shop that is paused falls behind by exactly the events that it handles, until it is resumed', async () => {
      expect(await shop.command('projections/daily_revenue/pause')).toBe(202);
      await shop.until('paused', (it) => it.state('daily_revenue') === 'paused');
      const orders = [await shop.place(), await shop.place(), await shop.place()];
      for (const order of orders.slice(1)) await shop.change(order, 'pay');
      const behind = await shop.until('two events', (it) => it.lagEvents('daily_revenue') === 2);
      const since = behind.lagSeconds('daily_revenue') as number;
      const later = await shop.until(
        'half a second',
        (it) => (it.lagSeconds('daily_revenue') as number) >= since + 0.5,
      );
      expect(later.lagEvents('daily_revenue')).toBe(2);
      expect(later.state('daily_revenue')).toBe('paused');
      expect(later.lagEvents('order_summary')).toBe(0);
      expect((await shop.health()).status).toBe('ok');
      expect(await shop.command('projections/daily_revenue/resume')).toBe(202);
      const idle = await shop.untilIdle();
      expect(idle.lagSeconds('daily_revenue')).toBe(0);
      expect(await database.log.readModel()).toEqual(await database.log.expectedModel());
    });

    it('A projection of the shop has no lag, not even 0, while the head reader is dead, and the health says so', async () => {
      const before = (await shop.view()).of('lag_observation_errors_total', 'order_summary');
      expect(before).toBe(0);
      expect(await shop.command('head-reader/kill')).toBe(204);
      const blind = await shop.until(
        'no lag known',
        (it) => !it.text.includes('eventcore_projection_lag_events{'),
      );
      expect(blind.text).not.toContain('eventcore_projection_lag_seconds{');
      const errors = blind.of('lag_observation_errors_total', 'order_summary') as number;
      expect(errors).toBeGreaterThan(0);
      const { status, details } = await shop.health();
      expect(status).toBe('degraded');
      expect(details['projections']?.['unreadable']).toEqual(PROJECTION_NAMES);
      await shop.until(
        'more errors',
        (it) => (it.of('lag_observation_errors_total', 'order_summary') as number) > errors,
      );
      expect(await shop.command('head-reader/revive')).toBe(204);
      await shop.untilIdle();
      expect((await shop.health()).status).toBe('ok');
    });

    it('A projection of the shop applies what was just written before the one who waits for it reads', async () => {
      for (let order = 0; order < 5; order++) {
        const response = await shop.order(await shop.place());
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({ status: 'placed' });
      }
    });

    it('A projection of the shop is waited for no longer than it takes to be told so', async () => {
      await shop.command('projections/order_summary/pause');
      await shop.until('paused', (it) => it.state('order_summary') === 'paused');
      expect((await shop.order(await shop.place())).status).toBe(503);
      await shop.command('projections/order_summary/resume');
      await shop.untilIdle();
    });

    it('A projection of the shop is rebuilt without a word about latency, and tells how far the rebuild is', async () => {
      const summary = 'order_summary';
      await shop.placeMany(BATCH_SIZE + 20);
      const before = await shop.untilIdle();
      const events = await database.log.count(summary);
      const model = await database.log.readModel();
      expect(before.of('rebuild_progress_ratio', summary)).toBeUndefined();
      await shop.command(`projections/${summary}/pause`);
      await shop.until('paused', (it) => it.state(summary) === 'paused');
      expect(await shop.command(`projections/${summary}/rebuild`)).toBe(202);
      expect((await database.log.readModel()).orders).toEqual({});
      // How much there is to do is what was left when it was first looked at.
      await shop.until('a look', (it) => it.of('rebuild_progress_ratio', summary) === 0);
      // The second batch waits for a row that somebody else is about to insert.
      const id = (await database.log.events()).findLast((it) => it.type === 'OrderPlaced')?.data;
      const release = await lock(
        database.pool,
        `INSERT INTO order_summary VALUES ('${id?.orderId}', '', 0, 0, '', now())`,
      );
      await shop.command(`projections/${summary}/resume`);
      const halfway = await shop.until(
        'a batch',
        (it) => (it.of('rebuild_progress_ratio', summary) as number) > 0,
      );
      expect(halfway.of('rebuild_progress_ratio', summary)).toBeCloseTo(BATCH_SIZE / events);
      expect(halfway.of('rebuild_remaining_seconds', summary)).toBeGreaterThan(0);
      expect(halfway.state(summary)).toBe('rebuilding');
      expect((await shop.health()).status).toBe('ok');
      await release();
      const after = await shop.untilIdle();
      expect(after.of('rebuild_progress_ratio', summary)).toBeUndefined();
      expect(after.processed(summary, 'rebuild')).toBe(events);
      expect(after.processed(summary, 'live')).toBe(before.processed(summary, 'live'));
      const observed = before.of('latency_seconds_count', summary);
      expect(observed).toBeGreaterThan(BATCH_SIZE);
      expect(after.of('latency_seconds_count', summary)).toBe(observed);
      expect(await database.log.readModel()).toEqual(model);
    });
  },
);

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)(
  'two projectors of the shop',
  { timeout: 120_000 },
  () => {
    let database: Database;
    let api: ShopDriver;
    let projectors: ShopDriver[];
    const startRole = async (role: string) =>
      new ShopDriver(
        await RunningShop.start({ ...SETTINGS, SHOP_ROLE: role, DATABASE_URL: database.url }),
      );

    beforeAll(async () => {
      database = await startDatabase();
      [api, ...projectors] = (await Promise.all(
        ['api', 'projector', 'projector'].map(startRole),
      )) as [ShopDriver, ...ShopDriver[]];
    }, 120_000);

    afterAll(async () => {
      await Promise.all([api, ...(projectors ?? [])].map((it) => it?.shop.stop()));
      await database?.stop();
    });

    /** For each projection, which of the projectors publish its state, and which its lag. */
    async function publishers(): Promise<(readonly [ShopDriver[], ShopDriver[]])[]> {
      const views = await Promise.all(projectors.map((it) => it.view()));
      return PROJECTION_NAMES.map((name) => [
        projectors.filter((_, i) => views[i]?.state(name) !== undefined),
        projectors.filter((_, i) => views[i]?.lagEvents(name) !== undefined),
      ]);
    }

    /** The one that publishes all projections. */
    const owner = () =>
      poll(
        async () => {
          const all = (await publishers()).flat();
          const [first] = all;
          const isSame = all.every((it) => it.length === 1 && it[0] === first?.[0]);
          return isSame ? first?.[0] : undefined;
        },
        { what: 'one publisher', timeoutMs: 20_000 },
      );

    it('Two projectors of the shop have one publisher of each projection, and the process that takes orders is none', async () => {
      await (await owner()).untilIdle();
      const text = await api.shop.metrics();
      expect(text).not.toMatch(/^eventcore_projection_(?!lag_observation_errors_total)\w+\{/m);
    });

    it('Two projectors of the shop are waited for by the process that takes orders', async () => {
      const response = await api.order(await api.place());
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: 'placed' });
    });

    it('Two projectors of the shop lose nothing and apply nothing twice when one is killed in the middle of a batch', async () => {
      const killed = await owner();
      await killed.command('projections/inventory_levels/pause');
      await killed.until('paused', (it) => it.state('inventory_levels') === 'paused');
      const [paid, cancelled] = [await api.place(), await api.place()];
      const late = await api.place('travel-mug');
      for (const order of [paid, cancelled, late]) await api.change(order, 'pay');
      await api.change(cancelled, 'cancel');
      const release = await lock(
        database.pool,
        `SELECT 1 FROM inventory_levels WHERE sku = 'travel-mug' FOR UPDATE`,
      );
      await killed.command('projections/inventory_levels/resume');
      // By then two events of the batch are applied, but for the end of the transaction.
      await isStuck(database.log, 'INSERT INTO inventory_levels');
      projectors = projectors.filter((it) => it !== killed);
      await killed.shop.kill();
      const heir = await owner();
      // The server has not noticed yet that nobody waits for the half batch any more.
      expect(await database.log.waiting('INSERT INTO inventory_levels')).toBe(1);
      await isStuck(database.log, 'UPDATE projection_checkpoints');
      await release();
      await heir.untilIdle();
      expect(await database.log.readModel()).toEqual(await database.log.expectedModel());
    });

    it('Two projectors of the shop have one publisher of each projection also when the killed one comes back', async () => {
      const heir = await owner();
      projectors.push(await startRole('projector'));
      await api.placeMany(30);
      for (let scrape = 0; scrape < 20; scrape++) {
        const all = await publishers();
        expect(all.every(([states]) => states.includes(heir))).toBe(true);
        // A lag is absent while the last reading of the head is older than three periods, as on a busy machine.
        expect(all.flat(2).filter((it) => it !== heir)).toEqual([]);
      }
      expect((await owner()) === heir).toBe(true);
      await heir.untilIdle();
    });

    it('Two projectors of the shop hand a rebuild over, and what is left of it is one', async () => {
      const summary = 'order_summary';
      const first = await owner();
      await api.placeMany(BATCH_SIZE);
      await first.untilIdle();
      await first.command(`projections/${summary}/pause`);
      await first.until('paused', (it) => it.state(summary) === 'paused');
      await first.command(`projections/${summary}/rebuild`);
      const events = await database.log.count(summary);
      const order = (await database.log.events()).findLast((it) => it.type === 'OrderPlaced')?.data;
      const release = await lock(
        database.pool,
        `INSERT INTO order_summary VALUES ('${order?.orderId}', '', 0, 0, '', now())`,
      );
      await first.command(`projections/${summary}/resume`);
      await isStuck(database.log, 'INSERT INTO order_summary');
      projectors = projectors.filter((it) => it !== first);
      await first.shop.kill();
      const second = await owner();
      await second.until('the rebuild', (it) => it.state(summary) === 'rebuilding');
      await release();
      const after = await second.untilIdle();
      expect(after.processed(summary, 'rebuild')).toBe(events - BATCH_SIZE);
      expect(after.processed(summary, 'live')).toBe(0);
      expect(await database.log.readModel()).toEqual(await database.log.expectedModel());
    });

    it('Two projectors of the shop go to the one that is left when the other ends in good order', async () => {
      projectors.push(await startRole('projector'));
      const first = await owner();
      projectors = projectors.filter((it) => it !== first);
      await first.shop.stop();
      const second = await owner();
      const placed = await api.place();
      expect((await api.order(placed)).status).toBe(200);
      await second.untilIdle();
      expect(await database.log.readModel()).toEqual(await database.log.expectedModel());
    });
  },
);
