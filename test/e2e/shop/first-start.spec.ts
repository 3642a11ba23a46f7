import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../system/poll.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { RunningShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';
import { ShopLog } from './shop-driver.js';

const TEST_MS = 120_000;

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)('shops on an empty database', () => {
  let database: RunningPostgres;
  let pool: pg.Pool;
  const shops: RunningShop[] = [];

  beforeAll(async () => {
    database = await RunningPostgres.start();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    pool.on('error', () => undefined);
  }, TEST_MS);

  afterAll(async () => {
    await Promise.all(shops.map((it) => it.kill()));
    await pool?.end();
    await database?.stop();
  }, TEST_MS);

  async function open(role: string): Promise<void> {
    const settings = { SHOP_ROLE: role, TRAFFIC: '0', DATABASE_URL: database.url };
    shops.push(await RunningShop.start(settings));
  }

  it(
    'Shops on an empty database may take longer to create the tables than a statement may take later',
    async () => {
      await pool.query('CREATE DATABASE slow');
      const url = new URL('/slow', database.url).href;
      const client = new pg.Client(url);
      await client.connect();
      await client.query('BEGIN');
      await client.query('CREATE TABLE emt_streams ()');
      const settings = { SHOP_ROLE: 'projector', TRAFFIC: '0', DATABASE_TIMEOUT_MS: '1000' };
      const opened = RunningShop.start({ ...settings, DATABASE_URL: url });
      await poll(
        async () => {
          const { rowCount } = await pool.query(
            `SELECT FROM pg_stat_activity WHERE datname = 'slow' AND wait_event_type = 'Lock'
                AND now() - query_start > interval '1.5 s'`,
          );
          return rowCount === 1 || undefined;
        },
        { what: 'a shop that waits for its tables', timeoutMs: 60_000 },
      );
      await client.query('ROLLBACK');
      await client.end();
      const shop = await opened;
      shops.push(shop);
      expect((await fetch(`${shop.url}/health/ready`)).status).toBe(200);
    },
    TEST_MS,
  );

  it(
    'Shops on an empty database fill the shelves once, when two find them empty at the same moment',
    async () => {
      // Fills none itself, and makes the tables.
      await open('projector');
      const session = await pool.connect();
      await session.query('BEGIN');
      await session.query('LOCK TABLE emt_streams IN SHARE MODE');
      const opened = Promise.all([open('api'), open('api')]);
      await poll(
        async () => {
          const { rowCount } = await pool.query(
            "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'",
          );
          return rowCount === 2 || undefined;
        },
        { what: 'two that want to fill the first shelf', timeoutMs: 30_000 },
      );
      await session.query('COMMIT');
      session.release();
      await opened;

      const filled = (await new ShopLog(pool).events()).map(({ data }) => data.sku);
      expect(filled.length).toBeGreaterThan(0);
      expect(new Set(filled).size).toBe(filled.length);
    },
    TEST_MS,
  );
});
