import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emmettStreamCount } from '../../../lib/integrations/event-store/index.js';
import { PostgresProgress } from '../../../lib/projections/sources/postgres/postgres-progress.js';
import { RunningPgBouncer } from '../../system/running-pgbouncer.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { systemProgram } from '../../system/system-program.js';

const TABLES = { events: { table: 'events', position: 'id', type: 'type', recordedAt: 'at' } };
const SCOPE = { key: '0', projection: 'p', filter: {}, checkpoint: null };

const isInstalled = [systemProgram('postgres'), systemProgram('pgbouncer')].every(
  (it) => it !== undefined,
);

// Needs Debian's postgresql and pgbouncer.
describe.skipIf(!isInstalled)('PgBouncer with transaction pooling', () => {
  let server: RunningPostgres;
  let bouncer: RunningPgBouncer;
  let pool: pg.Pool;

  beforeAll(async () => {
    server = await RunningPostgres.start();
    const setUp = new pg.Client({ connectionString: server.url });
    await setUp.connect();
    await setUp.query(`CREATE TABLE events (id bigserial, type text, at timestamptz DEFAULT now());
      CREATE TABLE emt_streams (is_archived boolean DEFAULT false);
      INSERT INTO events (type) VALUES ('Placed'), ('Placed'); INSERT INTO emt_streams DEFAULT VALUES`);
    await setUp.end();
    bouncer = await RunningPgBouncer.start(server);
    // As the guides show it.
    pool = new pg.Pool({ connectionString: bouncer.url, max: 1, connectionTimeoutMillis: 2_000 });
    pool.on('error', () => undefined);
  });
  afterAll(async () => {
    await pool?.end();
    await bouncer?.stop();
    await server?.stop();
  });

  const read = async (timeoutMs = 5_000) =>
    (await new PostgresProgress(pool, TABLES).observe([SCOPE], AbortSignal.timeout(timeoutMs))).get(
      '0',
    );

  it('PostgresProgress reads behind PgBouncer, and leaves no time limit in the server connection', async () => {
    expect(await read()).toMatchObject({ pendingEvents: 2 });
    expect((await pool.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '0' }]);
  });

  it('The statement of a reading has its time limit behind PgBouncer too', async () => {
    const locker = new pg.Client({ connectionString: server.url });
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE events');
    const progress = new PostgresProgress(pool, { ...TABLES, statementTimeoutMs: 100 });
    await expect(progress.observe([SCOPE], AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: '57014',
    });
    await locker.end();
    expect(await read()).toMatchObject({ pendingEvents: 2 });
  });

  it('A reading behind PgBouncer that is given up lets go of its connection while the server is frozen', async () => {
    server.freeze();
    await expect(read(300)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(pool.totalCount).toBe(0);
    server.thaw();
    const again = () => read().catch(() => undefined);
    await expect.poll(again, { timeout: 10_000 }).toMatchObject({ pendingEvents: 2 });
  });

  it('`emmettStreamCount` counts behind PgBouncer', async () => {
    expect(await emmettStreamCount(pool)()).toBe(1);
  });

  it('PgBouncer refuses a time limit as a parameter of a connection, which is why no guide sets one', async () => {
    const client = new pg.Client({ connectionString: bouncer.url, statement_timeout: 1_000 });
    client.on('error', () => undefined);
    await expect(client.connect()).rejects.toThrow(/unsupported startup parameter/);
  });
});
