import type {
  HeadAnswer,
  HeadSource,
  ProjectionScope,
} from '@eventcore/nestjs-observability/projections';
import { emmettTables, PostgresProgress } from '@eventcore/nestjs-observability/projections';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { Database } from '../database/database.js';
import { endInTime } from '../database/connection-end.js';

const TABLES = {
  events: { ...emmettTables().events, transactionId: 'transaction_id' },
  checkpoints: {
    table: 'projection_checkpoints',
    projection: 'projection',
    position: 'position',
    transactionId: 'transaction_id',
  },
};
/** The embedded database works in this very thread, and on one thing at a time: the shop comes first. */
const EMBEDDED_COUNT_LIMIT = 20_000;

/** Tells how far all projections are behind, in one statement per period. */
@Injectable()
export class HeadReader implements HeadSource, OnApplicationShutdown {
  private readonly pool: pg.Pool | undefined;
  private readonly progress: PostgresProgress;
  private isDead = false;

  constructor({ isEmbedded, url, pool }: Database) {
    if (isEmbedded) {
      this.progress = new PostgresProgress(pool, { ...TABLES, countLimit: EMBEDDED_COUNT_LIMIT });
      return;
    }
    // A connection of its own: the projections that it watches may have all the others.
    this.pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 2_000 });
    // The next look reports it.
    this.pool.on('error', () => undefined);
    this.progress = new PostgresProgress(this.pool, TABLES);
  }

  async observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    if (this.isDead) throw new Error('The head reader was killed by POST /admin/head-reader/kill');
    return this.progress.observe(scopes, signal);
  }

  kill(): void {
    this.isDead = true;
  }

  revive(): void {
    this.isDead = false;
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.pool !== undefined) await endInTime(this.pool);
  }
}
