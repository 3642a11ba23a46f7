import {
  getPostgreSQLEventStore,
  postgreSQLEventStoreConsumer,
} from '@event-driven-io/emmett-postgresql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emmettTables } from '../../../lib/projections/sources/postgres/emmett-tables.js';
import { PostgresProgress } from '../../../lib/projections/sources/postgres/postgres-progress.js';
import type { HeadReading } from '../../../lib/projections/head-source.js';
import { poll } from '../../system/poll.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { systemProgram } from '../../system/system-program.js';

describe.skipIf(systemProgram('postgres') === undefined)('a consumer of Emmett', () => {
  let server: RunningPostgres;
  let pool: pg.Pool;

  beforeAll(async () => {
    server = await RunningPostgres.start();
    pool = new pg.Pool({ connectionString: server.url, max: 1 });
    pool.on('error', () => {});
  });
  afterAll(async () => {
    // Connections that Emmett has closed may not have ended yet, and would hear that the server ends.
    await poll(
      async () => {
        const { rowCount } = await pool.query(
          `SELECT 1 FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
        );
        return rowCount === 0 ? true : undefined;
      },
      { what: 'the end of the connections', timeoutMs: 10_000 },
    );
    await pool.end();
    await server.stop();
  });

  it('A consumer of Emmett is behind until its processor has committed, and complete then', async () => {
    const store = getPostgreSQLEventStore(server.url);
    await store.schema.migrate();
    const placed = { type: 'Placed', data: {} };
    await store.appendToStream('order-1', [placed, placed, { type: 'Paid', data: {} }]);
    await store.appendToStream('order-2', [placed]);

    const source = new PostgresProgress(pool, emmettTables({ processors: { orders: 'reactor' } }));
    const read = async (eventTypes?: string[]) => {
      const filter = eventTypes === undefined ? {} : { eventTypes };
      const scope = { key: '0', projection: 'orders', filter };
      const answers = await source.observe([scope], new AbortController().signal);
      return answers.get('0') as HeadReading;
    };
    expect(await read()).toMatchObject({ head: '4', checkpoint: null, pendingEvents: 4 });
    expect(await read(['Placed'])).toMatchObject({ head: '4', pendingEvents: 3 });
    const archive = (isArchived: boolean) =>
      pool.query(`UPDATE emt_messages SET is_archived = $1 WHERE stream_id = 'order-2'`, [
        isArchived,
      ]);
    await archive(true);
    expect(await read()).toMatchObject({ head: '3', pendingEvents: 3 });
    await archive(false);

    const seen: string[] = [];
    const consumer = postgreSQLEventStoreConsumer({ connectionString: server.url });
    consumer.reactor({
      processorId: 'reactor',
      eachMessage: ({ type }) => {
        seen.push(type);
      },
    });
    const running = consumer.start();
    const complete = await poll(
      async () => {
        const reading = await read();
        return reading.pendingEvents === 0 ? reading : undefined;
      },
      { what: 'the checkpoint of the processor', timeoutMs: 15_000 },
    );
    expect(seen).toEqual(['Placed', 'Placed', 'Paid', 'Placed']);
    expect(complete).toEqual({ head: '4', end: '4', checkpoint: '4', pendingEvents: 0 });

    await consumer.close();
    await running.catch(() => {});
    await store.close();
  });
});
