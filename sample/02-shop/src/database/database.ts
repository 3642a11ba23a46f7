import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import type { ShopSettings } from '../shop.settings.js';
import { guardPool } from './lent-connections.js';
import { endInTime } from './connection-end.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';

/** Runs SQL on the pool, or inside one transaction. */
export interface Sql {
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** Stands in for the background processes of a server; otherwise the write-ahead log fills the memory. */
const UPKEEP = ['SET default_statistics_target = 10', 'ANALYZE', 'CHECKPOINT'];
/** Any number, the same in every process. */
const SET_UP_LOCK = 20_261_121;
/** How long a process may create tables; a server that hangs lets the start fail: nobody else ends it. */
const SET_UP_LIMIT_MS = 60_000;
const UPKEEP_INTERVAL_MS = 300_000;
/** Sessions whose client is gone without a word must not keep their locks. PgBouncer refuses this as a parameter. */
const END_ABANDONED_TRANSACTIONS = `SELECT set_config('idle_in_transaction_session_timeout', $1, false)`;

export class Database implements Sql, OnApplicationShutdown {
  private readonly logger = new Logger(Database.name);
  private readonly upkeep: NodeJS.Timeout | undefined;
  private isSettingUp = false;

  private constructor(
    readonly url: string,
    readonly pool: pg.Pool,
    /** Milliseconds that a connection may take to open, or to answer all that its borrower asks. */
    readonly timeoutMs: number,
    private readonly embedded: EmbeddedPostgres | undefined,
  ) {
    const limitMs = () => (this.isSettingUp ? SET_UP_LIMIT_MS : timeoutMs);
    guardPool(pool, embedded ? undefined : limitMs, (error) =>
      this.logger.warn(`Idle connection lost: ${error.message}`),
    );
    if (embedded) this.upkeep = setInterval(() => this.maintain(), UPKEEP_INTERVAL_MS).unref();
  }

  static async connect({ databaseUrl, databaseTimeoutMs }: ShopSettings): Promise<Database> {
    if (databaseUrl) {
      const pool = new pg.Pool({
        connectionString: databaseUrl,
        max: 10,
        keepAlive: true,
        connectionTimeoutMillis: databaseTimeoutMs,
        onConnect: (client) => prepare(client, databaseTimeoutMs),
      });
      return new Database(databaseUrl, pool, databaseTimeoutMs, undefined);
    }
    const embedded = await startEmbeddedPostgres();
    // PGlite has one session: with a second connection a transaction waits for itself.
    const pool = new pg.Pool({ connectionString: embedded.url, max: 1, idleTimeoutMillis: 0 });
    return new Database(embedded.url, pool, databaseTimeoutMs, embedded);
  }

  get isEmbedded(): boolean {
    return this.embedded !== undefined;
  }

  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return (await this.pool.query<Row>(text, [...values])).rows;
  }

  /** Runs work that no other process on this database does at the same time: creating tables. */
  async exclusively(work: () => Promise<void>): Promise<void> {
    // The embedded database has one process and one connection, and a lock would wait for itself.
    if (this.isEmbedded) return work();
    const session = new pg.Client({
      connectionString: this.url,
      connectionTimeoutMillis: this.timeoutMs,
      query_timeout: SET_UP_LIMIT_MS,
    });
    session.on('error', () => undefined);
    await session.connect();
    try {
      // The lock of a transaction, because poolers lend sessions to several clients.
      await session.query('BEGIN');
      await session.query('SELECT pg_advisory_xact_lock($1)', [SET_UP_LOCK]);
      this.isSettingUp = true;
      await work();
    } finally {
      this.isSettingUp = false;
      // Ending the connection frees the lock, whatever happened.
      await endInTime(session);
    }
  }

  async transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(scopedTo(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((cause: Error) => (broken = cause));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.upkeep);
    await endInTime(this.pool);
    await this.embedded?.stop();
  }

  private async maintain(): Promise<void> {
    try {
      for (const statement of UPKEEP) await this.query(statement);
    } catch (error) {
      this.logger.warn('Upkeep of the embedded database failed', error);
    }
  }
}

const scopedTo = (client: pg.PoolClient): Sql => ({
  query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(text, [...values])).rows,
});

/** Runs before a new connection is lent, and has a limit of its own, because that of the pool is over by then. */
async function prepare(client: pg.ClientBase, timeoutMs: number): Promise<void> {
  const values = [String(2 * timeoutMs)];
  const statement = { text: END_ABANDONED_TRANSACTIONS, values, query_timeout: timeoutMs };
  await client.query(statement);
}
