import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { endInTime } from '../database/connection-end.js';
import { Database } from '../database/database.js';

/** Any number, the same in every process, and not that of `Database`. */
const PROJECTOR_LOCK = 20_261_122;
/** The server ends a session that has not been heard of, from PostgreSQL 14 on; before, its TCP keep-alive does. */
const END_SILENT_SESSION = `SELECT set_config(name, $1, false) FROM pg_settings WHERE name = 'idle_session_timeout'`;

/**
 * Decides which of several processes runs the projections: the one whose session holds a lock. The server frees it as
 * soon as the session ends, whatever ended it. The lease only says who works: that no event is applied twice is
 * up to the checkpoint, which moves in the transaction of its batch.
 */
@Injectable()
export class ProjectorLease {
  private session: pg.Client | undefined;
  private isTaken = false;
  private wasTaken = false;

  constructor(private readonly database: Database) {}

  get isHeld(): boolean {
    // The embedded database has one process.
    return this.database.isEmbedded || this.isTaken;
  }

  /** True from the lease on until another process has it. A database that is away ends the lease, and not this. */
  get isLastOwner(): boolean {
    return this.database.isEmbedded || this.wasTaken;
  }

  /** Takes the lease if nobody else has it, and gives it up when the session that has it does not answer. */
  async take(): Promise<void> {
    if (this.database.isEmbedded) return;
    const session = (this.session ??= await this.connect());
    try {
      // A session that has the lock is given it again.
      const { rows } = await session.query<{ taken: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS taken',
        [PROJECTOR_LOCK],
      );
      this.isTaken = rows[0]?.taken === true && this.session === session;
      this.wasTaken = this.isTaken;
    } catch (error) {
      this.forget(session);
      void endInTime(session);
      throw error;
    }
  }

  async release(): Promise<void> {
    const { session } = this;
    if (!session) return;
    this.forget(session);
    await endInTime(session);
  }

  private async connect(): Promise<pg.Client> {
    const { url, timeoutMs } = this.database;
    const session = new pg.Client({
      connectionString: url,
      keepAlive: true,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
    });
    session.on('error', () => this.forget(session));
    session.on('end', () => this.forget(session));
    try {
      await session.connect();
      await session.query(END_SILENT_SESSION, [String(2 * timeoutMs)]);
      return session;
    } catch (error) {
      void endInTime(session);
      throw error;
    }
  }

  /** A session that ends late must not take away the lease of the next one. */
  private forget(session: pg.Client): void {
    if (this.session !== session) return;
    this.session = undefined;
    this.isTaken = false;
  }
}
