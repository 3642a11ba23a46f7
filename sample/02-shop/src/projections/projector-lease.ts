import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { Database } from '../database/database.js';

/** Any number, the same in every process, and not that of `Database`. */
const PROJECTOR_LOCK = 20_261_122;

/**
 * Decides which of several processes runs the projections: the one whose session holds a lock. The server frees it as
 * soon as the session ends, whatever ended it. The lease only says who works: that no event is applied twice is
 * up to the checkpoint, which moves in the transaction of its batch.
 */
@Injectable()
export class ProjectorLease {
  private session: pg.Client | undefined;
  private isTaken = false;

  constructor(private readonly database: Database) {}

  get isHeld(): boolean {
    // The embedded database has one process.
    return this.database.isEmbedded || this.isTaken;
  }

  /** Takes the lease if nobody else has it. */
  async take(): Promise<void> {
    if (this.isHeld) return;
    const session = (this.session ??= await this.connect());
    const { rows } = await session.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS taken',
      [PROJECTOR_LOCK],
    );
    this.isTaken = rows[0]?.taken === true && this.session === session;
  }

  async release(): Promise<void> {
    const { session } = this;
    this.forget();
    await session?.end();
  }

  private async connect(): Promise<pg.Client> {
    const session = new pg.Client({ connectionString: this.database.url, keepAlive: true });
    session.on('error', () => this.forget());
    session.on('end', () => this.forget());
    await session.connect();
    return session;
  }

  private forget(): void {
    this.session = undefined;
    this.isTaken = false;
  }
}
