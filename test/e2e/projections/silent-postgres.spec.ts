import { connect, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  expectTypeOf,
  it,
} from 'vitest';
import { emmettStreamCount } from '../../../lib/integrations/event-store/index.js';
import { PostgresProgress } from '../../../lib/projections/sources/postgres/postgres-progress.js';
import type { PostgresPool } from '../../../lib/projections/sources/postgres/postgres-tables.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { systemProgram } from '../../system/system-program.js';

const TABLES = { events: { table: 'events', position: 'id', type: 'type', recordedAt: 'at' } };
const SCOPE = { key: '0', projection: 'p', filter: {}, checkpoint: null };
const FORBIDDEN = ['statement_timeout', 'options'];

/** A way to a server that can go silent, and that refuses the parameters that PgBouncer refuses. */
class Way {
  readonly #server: Server;
  readonly #open: [Socket, Socket][] = [];
  readonly refused: string[] = [];

  constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const it of [near, far]) it.on('error', () => undefined);
      near.once('data', (start) => {
        const text = start.toString('latin1');
        this.refused.push(...FORBIDDEN.filter((it) => text.includes(`\0${it}\0`)));
      });
      near.pipe(far).pipe(near);
      this.#open.push([near, far]);
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as { port: number }).port;
  }

  /** Open connections stay open, and nothing passes them any more. */
  silence(): void {
    for (const [near, far] of this.#open.splice(0)) {
      near.unpipe(far);
      far.unpipe(near);
      near.resume();
      far.resume();
    }
  }

  close(): void {
    for (const [near, far] of this.#open) {
      near.destroy();
      far.destroy();
    }
    this.#server.close();
  }
}

describe.skipIf(systemProgram('postgres') === undefined)('a database that goes silent', () => {
  let server: RunningPostgres;
  let way: Way;
  let pool: pg.Pool;
  let source: PostgresProgress;

  beforeAll(async () => {
    server = await RunningPostgres.start();
    const setUp = new pg.Client({ connectionString: server.url });
    await setUp.connect();
    await setUp.query(`CREATE TABLE events (id bigserial, type text, at timestamptz DEFAULT now());
      INSERT INTO events (type) VALUES ('Placed'), ('Placed');
      CREATE TABLE emt_streams (is_archived boolean);
      INSERT INTO emt_streams VALUES (false), (false), (true)`);
    await setUp.end();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const url = new URL(server.url);
    way = new Way(Number(url.port));
    url.port = String(await way.listen());
    pool = new pg.Pool({ connectionString: url.href, max: 1, connectionTimeoutMillis: 2_000 });
    pool.on('error', () => undefined);
    source = new PostgresProgress(pool, TABLES);
  });
  afterEach(async () => {
    await pool.end();
    way.close();
  });

  const read = async (timeoutMs = 5_000) =>
    (await source.observe([SCOPE], AbortSignal.timeout(timeoutMs))).get('0');

  it('The pool of pg is a pool of PostgresProgress', () => {
    expectTypeOf<pg.Pool>().toExtend<PostgresPool>();
  });

  it('A reading without an answer lets go of its connection, and the next one reads again', async () => {
    expect(await read()).toMatchObject({ pendingEvents: 2 });
    for (let time = 0; time < 3; time++) {
      way.silence();
      await expect(read(200)).rejects.toMatchObject({ name: 'TimeoutError' });
      expect(pool.totalCount).toBe(0);
      expect(await read()).toMatchObject({ pendingEvents: 2 });
    }
    expect(pool.totalCount).toBe(1);
  });

  it('A count of the streams of Emmett without an answer lets go of its connection, and the next one counts again', async () => {
    const count = emmettStreamCount(pool);
    const within = (timeoutMs: number) =>
      count({ signal: AbortSignal.timeout(timeoutMs), timeoutMs });
    expect(await count()).toBe(2);
    for (let time = 0; time < 2; time++) {
      way.silence();
      await expect(within(200)).rejects.toMatchObject({ name: 'TimeoutError' });
      expect(pool.totalCount).toBe(0);
      expect(await within(5_000)).toBe(2);
    }
  });

  it('A count of the streams of Emmett on one client ends with its time limit', async () => {
    const query = () => new Promise<never>(() => undefined);
    const counting = emmettStreamCount({ query });
    await expect(
      counting({ signal: AbortSignal.timeout(50), timeoutMs: 50 }),
    ).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('A reading that waited for a connection in vain returns it when it comes', async () => {
    const held = await pool.connect();
    await expect(read(100)).rejects.toMatchObject({ name: 'TimeoutError' });
    held.release();
    expect(await read()).toMatchObject({ pendingEvents: 2 });
  });

  it('A connection that the server ends during a reading fails that reading alone', async () => {
    const killer = new pg.Client({ connectionString: server.url });
    await killer.connect();
    await killer.query('BEGIN; LOCK TABLE events');
    const reading = read();
    await expect(
      Promise.all([
        reading,
        (async () => {
          for (;;) {
            const { rows } = await killer.query(
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
            );
            if (rows.length > 0) return;
          }
        })(),
      ]),
    ).rejects.toThrow();
    await killer.end();
    expect(await read()).toMatchObject({ pendingEvents: 2 });
  });

  it('A statement has its time limit in the server without a parameter of the connection', async () => {
    const locker = new pg.Client({ connectionString: server.url });
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE events');
    source = new PostgresProgress(pool, { ...TABLES, statementTimeoutMs: 100 });
    await expect(read()).rejects.toMatchObject({ code: '57014' });
    await locker.end();
    expect(await read()).toMatchObject({ pendingEvents: 2 });
    expect(way.refused).toEqual([]);
    const { rows } = await pool.query('SHOW statement_timeout');
    expect(rows).toEqual([{ statement_timeout: '0' }]);
  });

  it('A frozen server is read again as soon as it answers', async () => {
    expect(await read()).toMatchObject({ pendingEvents: 2 });
    server.freeze();
    await expect(read(200)).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(read(200)).rejects.toMatchObject({ name: 'TimeoutError' });
    server.thaw();
    await expect
      .poll(() => read().catch(() => undefined), { timeout: 10_000 })
      .toMatchObject({ pendingEvents: 2 });
  });
});
