import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import type { ShopSettings } from '../shop.settings.js';
import { endPool } from './pool-end.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';

/** Runs SQL on the pool, or inside one transaction. */
export interface Sql {
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** Stands in for the background processes of a server; otherwise the write-ahead log fills the memory. */
const UPKEEP = ['SET default_statistics_target = 10', 'ANALYZE', 'CHECKPOINT'];
/** Any number, the same in every process. */
const SET_UP_LOCK = 20_261_121;
const UPKEEP_INTERVAL_MS = 300_000;
/** A server that hangs lets the start fail: nobody else ends it. */
const CONNECT_LIMIT_MS = 5_000;

export class Database implements Sql, OnApplicationShutdown {
  private readonly logger = new Logger(Database.name);
  private readonly upkeep: NodeJS.Timeout | undefined;

  private constructor(
    readonly url: string,
    readonly pool: pg.Pool,
    private readonly embedded: EmbeddedPostgres | undefined,
  ) {
    pool.on('error', (error) => this.logger.warn(`Idle connection lost: ${error.message}`));
    if (embedded) this.upkeep = setInterval(() => this.maintain(), UPKEEP_INTERVAL_MS).unref();
  }

  static async connect(settings: ShopSettings): Promise<Database> {
    if (settings.databaseUrl) {
      const pool = new pg.Pool({
        connectionString: settings.databaseUrl,
        max: 10,
        connectionTimeoutMillis: CONNECT_LIMIT_MS,
      });
      return new Database(settings.databaseUrl, pool, undefined);
    }
    const embedded = await startEmbeddedPostgres();
    // PGlite has one session: with a second connection a transaction waits for itself.
    const pool = new pg.Pool({ connectionString: embedded.url, max: 1, idleTimeoutMillis: 0 });
    return new Database(embedded.url, pool, embedded);
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
    const client = await this.pool.connect();
    try {
      await client.query('SELECT pg_advisory_lock($1)', [SET_UP_LOCK]);
      await work();
    } finally {
      // Ending the connection frees the lock, whatever happened.
      client.release(true);
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
    await endPool(this.pool);
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
