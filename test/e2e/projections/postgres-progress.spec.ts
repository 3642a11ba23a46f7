import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emmettTables } from '../../../lib/projections/sources/postgres/emmett-tables.js';
import { PostgresProgress } from '../../../lib/projections/sources/postgres/postgres-progress.js';
import type { PostgresProgressOptions } from '../../../lib/projections/sources/postgres/postgres-tables.js';
import type { HeadReading } from '../../../lib/projections/head-source.js';
import { type ProjectionScope, Unreadable } from '../../../lib/projections/projection-scope.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { systemProgram } from '../../system/system-program.js';

const BY_POSITION: PostgresProgressOptions = {
  events: {
    table: 'events',
    position: 'id',
    type: 'type',
    category: { column: 'stream', separator: '-' },
    recordedAt: 'recorded_at',
  },
};
const BY_TRANSACTION: PostgresProgressOptions = {
  events: { ...BY_POSITION.events, transactionId: 'transaction_id' },
  checkpoints: {
    table: 'checkpoints',
    projection: 'projection',
    position: 'position',
    transactionId: 'transaction_id',
  },
};
const WITH_TYPES = { ...BY_POSITION, events: { ...BY_POSITION.events, hasTypeIndex: true } };

const scopeOf = (scope: Partial<ProjectionScope> = {}): ProjectionScope => ({
  key: '0',
  projection: 'orders',
  filter: {},
  ...scope,
});

describe.skipIf(systemProgram('postgres') === undefined)('progress in PostgreSQL', () => {
  let server: RunningPostgres;
  let pool: pg.Pool;
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    server = await RunningPostgres.start();
    pool = new pg.Pool({ connectionString: server.url, max: 1 });
    pool.on('error', () => {});
  });
  afterAll(async () => {
    await pool.end();
    await server.stop();
  });
  beforeEach(() =>
    pool.query(`CREATE TABLE events (id bigserial, transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
        type text NOT NULL, stream text NOT NULL, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE INDEX by_position ON events (id);
      CREATE INDEX by_transaction ON events (transaction_id, id);
      CREATE INDEX by_type ON events (type, id);
      CREATE TABLE checkpoints (projection text, transaction_id xid8, position bigint);`),
  );
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end();
    await pool.query('DROP TABLE events, checkpoints');
  });

  async function writer(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => {});
    clients.push(client);
    await client.connect();
    return client;
  }

  async function record(client: pg.Client | pg.Pool, type = 'Placed'): Promise<string> {
    const { rows } = await client.query<{ at: string }>(
      `INSERT INTO events (type, stream) VALUES ($1, 'order-1') RETURNING transaction_id || '-' || id AS at`,
      [type],
    );
    return rows[0]!.at;
  }

  async function recordMany(count: number): Promise<void> {
    await pool.query(
      `INSERT INTO events (type, stream, recorded_at)
       SELECT CASE WHEN i % 1000 = 0 THEN 'Paid' ELSE 'Placed' END, 'order-' || i,
              timestamptz '2026-01-01 00:00:00Z' + i * interval '1 second'
         FROM generate_series(1, $1::int) i`,
      [count],
    );
    await pool.query('VACUUM ANALYZE events');
  }

  async function commit(at: string): Promise<void> {
    const [transaction, position] = at.split('-');
    await pool.query('DELETE FROM checkpoints');
    await pool.query(`INSERT INTO checkpoints VALUES ('orders', $1::text::xid8, $2)`, [
      transaction,
      position,
    ]);
  }

  async function read(
    options: PostgresProgressOptions,
    scope: ProjectionScope = scopeOf(),
    client: pg.Pool = pool,
  ): Promise<HeadReading> {
    const source = new PostgresProgress(client, options);
    const answers = await source.observe([scope], new AbortController().signal);
    return answers.get(scope.key) as HeadReading;
  }

  it('Progress in PostgreSQL counts an event that becomes visible after one with a higher position was read', async () => {
    const [first, second] = [await writer(), await writer()];
    await first.query('BEGIN');
    await second.query('BEGIN');
    const early = await record(first);
    const late = await record(second);
    await second.query('COMMIT');
    // A reader leaves the late one alone while the early one may still come before it.
    expect(await read(BY_TRANSACTION)).toMatchObject({
      head: late,
      checkpoint: null,
      pendingEvents: 1,
    });
    await first.query('COMMIT');
    expect(await read(BY_TRANSACTION)).toMatchObject({ head: late, pendingEvents: 2 });
    await commit(early);
    expect(await read(BY_TRANSACTION)).toMatchObject({ checkpoint: early, pendingEvents: 1 });
    await commit(late);
    expect(await read(BY_TRANSACTION)).toMatchObject({ checkpoint: late, pendingEvents: 0 });
  });

  it('Progress in PostgreSQL goes by the transaction before the position', async () => {
    const [first, second] = [await writer(), await writer()];
    await first.query('BEGIN');
    // The older transaction takes the higher position.
    await first.query('SELECT pg_current_xact_id()');
    const overtaken = await record(second);
    const overtaking = await record(first);
    await first.query('COMMIT');
    await commit(overtaking);
    const reading = await read(BY_TRANSACTION);
    expect(reading).toMatchObject({ head: overtaken, checkpoint: overtaking, pendingEvents: 1 });
    await commit(overtaken);
    expect(await read(BY_TRANSACTION)).toMatchObject({ head: overtaken, pendingEvents: 0 });
  });

  it('Progress in PostgreSQL counts no event of a transaction that was rolled back, whatever gap it leaves', async () => {
    const rolledBack = await writer();
    await rolledBack.query('BEGIN');
    for (let i = 0; i < 5; i++) await record(rolledBack);
    await rolledBack.query('ROLLBACK');
    await record(pool);
    const reading = await read(BY_POSITION, scopeOf({ checkpoint: null }));
    expect(reading).toMatchObject({ head: '6', pendingEvents: 1 });
  });

  it('Progress in PostgreSQL reads checkpoints and events of one moment', async () => {
    const texts: string[] = [];
    const client = {
      query: (text: string, values: unknown[]) => {
        texts.push(text);
        return pool.query(text, values);
      },
    };
    const scopes = ['a', 'b', 'c'].map((key) => scopeOf({ key, projection: key }));
    await new PostgresProgress(client, BY_TRANSACTION).observe(
      scopes,
      new AbortController().signal,
    );
    expect(texts).toHaveLength(1);
  });

  it('Progress in PostgreSQL tells how old the oldest event is, exactly, and counts up to the limit only', async () => {
    await recordMany(1_000);
    const scope = scopeOf({ checkpoint: 400n });
    const all = await read({ ...BY_POSITION, countLimit: 600 }, scope);
    const oldestPendingMs = Date.parse('2026-01-01T00:06:41Z');
    expect(all).toEqual({ head: '1000', pendingEvents: 600, oldestPendingMs });
    const capped = await read({ ...BY_POSITION, countLimit: 599 }, scope);
    expect(capped).toEqual({ head: '1000', oldestPendingMs });
  });

  it('Progress in PostgreSQL counts up to the target of a rebuild', async () => {
    await recordMany(1_000);
    const scope = scopeOf({ checkpoint: '200', target: 700 });
    expect(await read(BY_POSITION, scope)).toMatchObject({
      pendingEvents: 800,
      pendingToTarget: 500,
    });
    const reached = await read(BY_POSITION, scopeOf({ checkpoint: '700', target: 700 }));
    expect(reached).toMatchObject({ pendingEvents: 300, pendingToTarget: 0 });
  });

  it('Progress in PostgreSQL does not guess when none of the events it looked at matches', async () => {
    await recordMany(5_000);
    const rare = scopeOf({ checkpoint: 3n, filter: { eventTypes: ['Paid'] } });
    await expect(read({ ...BY_POSITION, countLimit: 900 }, rare)).rejects.toThrow(
      'none of the 900 inspected events matches',
    );
    const found = await read({ ...WITH_TYPES, countLimit: 900 }, rare);
    expect(found).toMatchObject({ head: '5000', pendingEvents: 5 });
    const parked = scopeOf({ checkpoint: 5_000n, filter: { eventTypes: ['Paid', 'Shipped'] } });
    await recordMany(998);
    expect(await read({ ...WITH_TYPES, countLimit: 900 }, parked)).toEqual({
      head: '5000',
      end: '5998',
      pendingEvents: 0,
    });
  });

  it('Progress in PostgreSQL answers for the others when one checkpoint is none of the table', async () => {
    await record(pool);
    const scopes = [
      scopeOf({ checkpoint: 'C:1/P:1' }),
      scopeOf({ key: '1', checkpoint: 2n ** 63n }),
      scopeOf({ key: '2', checkpoint: null }),
    ];
    const source = new PostgresProgress(pool, BY_POSITION);
    const answers = await source.observe(scopes, new AbortController().signal);
    expect(answers.get('0')).toBeInstanceOf(Unreadable);
    expect(answers.get('1')).toBeInstanceOf(Unreadable);
    expect(answers.get('2')).toMatchObject({ pendingEvents: 1 });
  });

  it('Progress in PostgreSQL refuses a projection with two checkpoints', async () => {
    await commit('5-5');
    await pool.query('INSERT INTO checkpoints SELECT * FROM checkpoints');
    await expect(read(BY_TRANSACTION)).rejects.toThrow('orders has several checkpoints');
  });

  it('Progress in PostgreSQL looks at less for a while when time was not enough, and says the age all the same', async () => {
    await recordMany(2_500);
    let isTimely = false;
    const client = {
      query: (text: string, values: unknown[]) =>
        isTimely
          ? pool.query(text, values)
          : Promise.reject(Object.assign(new Error('timeout'), { code: '57014' })),
    };
    const source = new PostgresProgress(client, { ...BY_POSITION, countLimit: 2_400 });
    const scopes = [scopeOf({ checkpoint: 150n })];
    const { signal } = new AbortController();
    const observed = async () => (await source.observe(scopes, signal)).get('0');
    const oldestPendingMs = Date.parse('2026-01-01T00:02:31Z');
    await expect(observed()).rejects.toThrow('timeout');
    isTimely = true;
    expect(await observed()).toEqual({ head: '2500', oldestPendingMs });
    let periods = 1;
    while (((await observed()) as HeadReading).pendingEvents === undefined) periods++;
    expect(await observed()).toEqual({ head: '2500', pendingEvents: 2_350, oldestPendingMs });
    // From 1000 by a tenth each.
    expect(periods).toBe(9);
  });

  it('Progress in PostgreSQL tells the end of a log that ends before the checkpoint', async () => {
    const events = [await record(pool), await record(pool), await record(pool)];
    await commit(events[2] as string);
    await pool.query('DELETE FROM events WHERE id > 1');
    const restored = { checkpoint: events[2], head: events[0], end: events[0] };
    expect(await read(BY_TRANSACTION)).toMatchObject(restored);
    await pool.query('DELETE FROM events');
    expect(await read(BY_TRANSACTION)).toMatchObject({ head: null, end: null });
    const told = await read(BY_POSITION, scopeOf({ checkpoint: 100 }));
    expect(told).toMatchObject({ head: null, end: null, pendingEvents: 0 });
  });

  it('Progress in PostgreSQL tells the end of the table, whatever the filter and the conditions leave out', async () => {
    await record(pool);
    await record(pool, 'Archived');
    const last = await record(pool, 'Archived');
    const options = {
      ...BY_TRANSACTION,
      events: { ...BY_TRANSACTION.events, where: { type: 'Placed' } },
    };
    await commit(last);
    expect(await read(options)).toMatchObject({ checkpoint: last, head: last, end: last });
    const filter = { eventTypes: ['Paid'] };
    const filtered = await read(BY_TRANSACTION, scopeOf({ filter }));
    expect(filtered).toMatchObject({ end: last, pendingEvents: 0 });
  });

  it('Progress in PostgreSQL tells no time of an event without one', async () => {
    await pool.query('ALTER TABLE events ALTER recorded_at DROP NOT NULL');
    await record(pool);
    await pool.query('UPDATE events SET recorded_at = NULL');
    const reading = await read(BY_POSITION, scopeOf({ checkpoint: null }));
    expect(reading).toEqual({ head: '1', pendingEvents: 1 });
  });

  it('Progress in PostgreSQL tells the end alone when nobody knows the checkpoint', async () => {
    await record(pool);
    expect(await read(BY_POSITION)).toEqual({ head: '1' });
  });

  it('Progress in PostgreSQL fails when the server ends the statement after its time', async () => {
    const [locker, impatient] = [
      await writer(),
      new pg.Pool({ connectionString: server.url, max: 1, statement_timeout: 100 }),
    ];
    await locker.query('BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
    await expect(read(BY_POSITION, scopeOf(), impatient)).rejects.toMatchObject({ code: '57014' });
    await locker.query('ROLLBACK');
    expect(await read(BY_POSITION, scopeOf(), impatient)).toEqual({ head: null });
    await impatient.end();
  });

  /** The plan of what the source asks about some projections, and how many pages it reads. */
  async function planOf(
    options: PostgresProgressOptions,
    scope: Partial<ProjectionScope>,
    count = 100,
  ) {
    let plan = '';
    const client = {
      query: async (text: string, values: unknown[]) => {
        const explained = await pool.query<Record<string, string>>(
          `EXPLAIN (ANALYZE, BUFFERS) ${text}`,
          values,
        );
        plan = explained.rows.map((it) => it['QUERY PLAN']).join('\n');
        return pool.query(text, values);
      },
    };
    const scopes = Array.from({ length: count }, (_, i) => scopeOf({ ...scope, key: String(i) }));
    await new PostgresProgress(client, options).observe(scopes, new AbortController().signal);
    const buffers = /Buffers: shared hit=(\d+)(?: read=(\d+))?/.exec(plan);
    return { plan, pages: Number(buffers?.[1]) + Number(buffers?.[2] ?? 0) };
  }

  describe('over 120,000 events', () => {
    beforeEach(() => recordMany(120_000));

    it.each([
      ['position', BY_POSITION, 'by_position', { checkpoint: 119_990n }],
      [
        'type and position',
        WITH_TYPES,
        'by_type',
        { checkpoint: 10n, filter: { eventTypes: ['Refunded'], categories: ['order'] } },
      ],
    ])('A hundred projections are read by the index on %s', async (_, options, index, scope) => {
      const { plan, pages } = await planOf(options, scope);
      expect(plan).not.toContain('Seq Scan on events');
      expect(plan).toMatch(
        new RegExp(String.raw`Index (?:Only )?Scan(?: Backward)? using ${index}`),
      );
      // The table has a thousand pages: a descent of an index takes three or four.
      expect(pages).toBeLessThan(1_500);
    });

    it('A hundred projections are read by the index on transaction and position', async () => {
      const { rows } = await pool.query<{ at: string }>(
        `SELECT transaction_id || '-' || id AS at FROM events WHERE id = 119990`,
      );
      await commit(rows[0]!.at);
      const { plan, pages } = await planOf(BY_TRANSACTION, {});
      expect(plan).not.toContain('Seq Scan on events');
      expect(plan).toContain('by_transaction');
      expect(pages).toBeLessThan(1_500);
    });

    it.each([
      ['position', BY_POSITION, { checkpoint: 5n }],
      ['type and position', WITH_TYPES, { checkpoint: 5n, filter: { eventTypes: ['Refunded'] } }],
      ['transaction and position', BY_TRANSACTION, {}],
    ])('The statement by %s is not compiled for ten projections', async (_, options, scope) => {
      // That would take ten times as long as all the rest.
      expect((await planOf({ ...options, countLimit: 10 }, scope, 10)).plan).not.toContain('JIT');
    });

    it('A projection that is far behind is looked at up to the limit', async () => {
      const far = { checkpoint: null };
      const small = await planOf({ ...BY_POSITION, countLimit: 100 }, far);
      expect(small.plan).not.toContain('Seq Scan on events');
      expect(small.pages).toBeLessThan(1_500);
      const reading = await read(BY_POSITION, scopeOf(far));
      expect(reading).toMatchObject({ head: '120000', pendingEvents: 120_000 });
    });
  });

  it('Progress in PostgreSQL refuses tables that disagree on transactions, and a limit that is none', () => {
    const disagreeing = { ...BY_TRANSACTION, events: BY_POSITION.events };
    expect(() => new PostgresProgress(pool, disagreeing)).toThrow(
      /OBS_OPTION_INVALID[^]*checkpoints\.transactionId/,
    );
    for (const countLimit of [0, 1.5, Number.NaN, 100_000_001]) {
      expect(() => new PostgresProgress(pool, { ...BY_POSITION, countLimit })).toThrow(
        /OBS_OPTION_INVALID[^]*countLimit/,
      );
    }
  });

  it('Progress in PostgreSQL knows where older versions of Emmett keep checkpoints', () => {
    expect(emmettTables({ checkpoints: 'emt_subscriptions', version: 2 }).checkpoints).toEqual({
      table: 'emt_subscriptions',
      projection: 'subscription_id',
      position: 'last_processed_position',
      where: { partition: 'emt:default', version: 2 },
      names: {},
    });
  });
});
