import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import pg from 'pg';
import { afterAll, beforeAll, describe } from 'vitest';
import { emmettTables } from '../../../lib/projections/sources/postgres/emmett-tables.js';
import { PostgresProgress } from '../../../lib/projections/sources/postgres/postgres-progress.js';
import type { PostgresProgressOptions } from '../../../lib/projections/sources/postgres/postgres-tables.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { systemProgram } from '../../system/system-program.js';
import { clientsOf, forEachProjection, type LogUnderTest } from './log-under-test.js';
import { describeProgressSource } from './progress-source-contract.js';

describe.skipIf(systemProgram('postgres') === undefined)('a server of PostgreSQL', () => {
  let server: RunningPostgres;
  let pool: pg.Pool;
  let schemas = 0;

  beforeAll(async () => {
    server = await RunningPostgres.start();
    pool = new pg.Pool({ connectionString: server.url, max: 2 });
    // The server may say that it ends before a connection has.
    pool.on('error', () => {});
  });
  afterAll(async () => {
    await pool.end();
    await server.stop();
  });

  function logOf(options: PostgresProgressOptions): Omit<LogUnderTest, 'apply' | 'append'> {
    const clients = clientsOf({
      query: (text: string, values: unknown[]) => pool.query(text, values),
    });
    return {
      source: new PostgresProgress(clients.counting, options),
      dead: new PostgresProgress(clients.dead, options),
      hanging: new PostgresProgress(clients.hanging, options),
      requests: clients.requests,
    };
  }

  /** Tables with names that have to be quoted, in a schema of the test's own. */
  async function startTables(hasTypeIndex: boolean, byTransaction: boolean): Promise<LogUnderTest> {
    const schema = `Shop "${schemas++}"`;
    const quoted = `"${schema.replaceAll('"', '""')}"`;
    const [events, checkpoints] = [`${quoted}."the ""events"""`, `${quoted}."Check"`];
    const order = byTransaction ? '"tx ""id""", "id"' : '"id"';
    await pool.query(`CREATE SCHEMA ${quoted};
      CREATE TABLE ${events} ("id" bigserial, "tx ""id""" xid8 NOT NULL DEFAULT pg_current_xact_id(),
        "Type" text NOT NULL, "stream" text NOT NULL, "at" timestamptz NOT NULL DEFAULT now());
      CREATE INDEX ON ${events} (${order});
      CREATE INDEX ON ${events} ("Type", ${order});
      CREATE TABLE ${checkpoints} ("name" text PRIMARY KEY, "tx" xid8, "position" bigint);`);
    const transaction = byTransaction && { transactionId: 'tx "id"' };
    const log = logOf({
      events: {
        table: `${schema}.the "events"`,
        position: 'id',
        ...transaction,
        type: 'Type',
        category: { column: 'stream', separator: '-' },
        recordedAt: 'at',
        hasTypeIndex,
      },
      checkpoints: {
        table: `${schema}.Check`,
        projection: 'name',
        position: 'position',
        ...(byTransaction && { transactionId: 'tx' }),
        names: forEachProjection('p'),
      },
    });
    return {
      ...log,
      append: async (recorded) => {
        for (const { type, category } of recorded) {
          await pool.query(`INSERT INTO ${events} ("Type", "stream") VALUES ($1, $2)`, [
            type,
            `${category}-1`,
          ]);
        }
      },
      apply: async (count) => {
        await pool.query(
          `INSERT INTO ${checkpoints} SELECT 'p', "tx ""id""", "id" FROM ${events}
             WHERE "id" > COALESCE((SELECT "position" FROM ${checkpoints}), 0)
             ORDER BY "id" LIMIT 1 OFFSET $1
           ON CONFLICT ("name") DO UPDATE SET "tx" = excluded."tx", "position" = excluded."position"`,
          [count - 1],
        );
      },
      stop: async () => {
        await pool.query(`DROP SCHEMA ${quoted} CASCADE`);
      },
    };
  }

  const abilities = { counts: true, tellsTime: true, filters: 'both' } as const;

  describeProgressSource('positions in PostgreSQL', abilities, () => startTables(false, false));

  describeProgressSource('types and positions in PostgreSQL', abilities, () =>
    startTables(true, false),
  );

  describeProgressSource('transactions in PostgreSQL', abilities, () => startTables(false, true));

  describeProgressSource('types and transactions in PostgreSQL', abilities, () =>
    startTables(true, true),
  );

  /** The store of Emmett, and what moves a checkpoint by one of its rows. */
  async function startEmmett(
    options: PostgresProgressOptions,
    move: string,
  ): Promise<LogUnderTest> {
    const store = getPostgreSQLEventStore(server.url, { connectionOptions: { pool } });
    await store.schema.migrate();
    await pool.query(`CREATE INDEX IF NOT EXISTS by_position ON emt_messages (global_position);
      CREATE INDEX IF NOT EXISTS shop_event_log ON emt_messages (transaction_id, global_position);
      CREATE TABLE IF NOT EXISTS projection_checkpoints (
        projection text PRIMARY KEY, transaction_id xid8 NOT NULL, position bigint NOT NULL);`);
    let streams = 0;
    return {
      ...logOf(options),
      append: async (events) => {
        for (const { type, category } of events) {
          await store.appendToStream(`${category}-${streams++}`, [{ type, data: {} }]);
        }
      },
      apply: async (count) => {
        for (let i = 0; i < count; i++) await pool.query(move);
      },
      stop: async () => {
        await pool.query(
          'TRUNCATE emt_messages, emt_streams, emt_processors, projection_checkpoints',
        );
      },
    };
  }

  const emmett = emmettTables({ processors: forEachProjection('reactor') });

  describeProgressSource('the tables of Emmett', abilities, () =>
    startEmmett(
      emmett,
      `WITH done AS (
         SELECT last_processed_checkpoint AS at FROM emt_processors WHERE processor_id = 'reactor'
       ), next AS (
         SELECT lpad(global_position::text, 19, '0') AS at, transaction_id FROM emt_messages
          WHERE global_position > COALESCE((SELECT at::bigint FROM done), 0)
          ORDER BY global_position LIMIT 1
       )
       SELECT store_processor_checkpoint('reactor', 1, next.at, (SELECT at FROM done), next.transaction_id)
         FROM next`,
    ),
  );

  describeProgressSource('tables of Emmett with checkpoints by transaction', abilities, () =>
    startEmmett(
      {
        events: { ...emmett.events, transactionId: 'transaction_id' },
        checkpoints: {
          table: 'projection_checkpoints',
          projection: 'projection',
          position: 'position',
          transactionId: 'transaction_id',
          names: forEachProjection('daily_revenue'),
        },
      },
      `INSERT INTO projection_checkpoints AS done
         SELECT 'daily_revenue', transaction_id, global_position FROM emt_messages
          WHERE (transaction_id, global_position) >
            (SELECT COALESCE(max(transaction_id::text), '0')::xid8, COALESCE(max(position), 0) FROM projection_checkpoints)
          ORDER BY transaction_id, global_position LIMIT 1
       ON CONFLICT (projection) DO UPDATE
         SET transaction_id = excluded.transaction_id, position = excluded.position`,
    ),
  );
});
