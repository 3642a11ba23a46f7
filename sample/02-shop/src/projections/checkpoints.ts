import type {
  CheckpointSource,
  ProjectionScope,
} from '@eventcore/nestjs-observability/projections';
import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import { type LogPosition, textOf, toLogPosition } from '../events/log-position.js';

/** How far a projection is, and what it was told to do, whichever process runs it. */
export interface Checkpoint {
  /** `null` before the first event. */
  readonly at: LogPosition | null;
  readonly isPaused: boolean;
  /** Where the rebuild under way ends. */
  readonly rebuildTo: LogPosition | null;
}

export interface Move {
  readonly from: LogPosition | null;
  readonly to: LogPosition | null;
  readonly endsRebuild: boolean;
}

interface Row {
  readonly projection: string;
  readonly transaction_id: string | null;
  readonly position: bigint | null;
  readonly is_paused: boolean;
  readonly rebuild_transaction: string | null;
  readonly rebuild_position: bigint | null;
}

@Injectable()
export class Checkpoints implements CheckpointSource {
  constructor(private readonly database: Database) {}

  async register(projection: string): Promise<void> {
    await this.database.query(
      'INSERT INTO projection_checkpoints (projection) VALUES ($1) ON CONFLICT DO NOTHING',
      [projection],
    );
  }

  async of(projection: string): Promise<Checkpoint> {
    const [row] = await this.database.query<Row>(
      'SELECT * FROM projection_checkpoints WHERE projection = $1',
      [projection],
    );
    if (!row) throw new Error(`No checkpoint of ${projection}`);
    const { rebuild_transaction: transaction_id, rebuild_position: position } = row;
    return {
      at: toLogPosition(row),
      isPaused: row.is_paused,
      rebuildTo: toLogPosition({ transaction_id, position }),
    };
  }

  /** Answers those who wait for projections of another process. */
  async read(scopes: readonly ProjectionScope[]): Promise<Map<string, string | null>> {
    const rows = await this.database.query<Row>('SELECT * FROM projection_checkpoints');
    const places = new Map(rows.map((row) => [row.projection, toLogPosition(row)]));
    return new Map(
      scopes.map(({ key, projection }) => {
        const at = places.get(projection);
        return [key, at ? textOf(at) : null];
      }),
    );
  }

  /** False when the checkpoint has moved since it was read: another process was faster, or a rebuild began. */
  async advance(projection: string, { from, to, endsRebuild }: Move, sql: Sql): Promise<boolean> {
    const moved = await sql.query(
      `UPDATE projection_checkpoints
          SET transaction_id = $4::xid8, position = $5::bigint, updated_at = now(),
              rebuild_transaction = CASE WHEN $6 THEN NULL ELSE rebuild_transaction END,
              rebuild_position = CASE WHEN $6 THEN NULL ELSE rebuild_position END
        WHERE projection = $1
          AND transaction_id IS NOT DISTINCT FROM $2::xid8
          AND position IS NOT DISTINCT FROM $3::bigint
        RETURNING projection`,
      [projection, ...columnsOf(from), ...columnsOf(to), endsRebuild],
    );
    return moved.length === 1;
  }

  async pause(projection: string, isPaused: boolean): Promise<void> {
    await this.database.query(
      'UPDATE projection_checkpoints SET is_paused = $2 WHERE projection = $1',
      [projection, isPaused],
    );
  }

  /** Sends the projection back to the beginning; what `reset` does happens in the same transaction. */
  async rebuild(
    projection: string,
    target: LogPosition | null,
    reset: (sql: Sql) => Promise<void>,
  ): Promise<void> {
    await this.database.transaction(async (sql) => {
      // First the checkpoint, then the table, as a batch does it: neither waits for the other for ever.
      await sql.query(
        `UPDATE projection_checkpoints
            SET transaction_id = NULL, position = NULL, updated_at = now(),
                rebuild_transaction = $2::xid8, rebuild_position = $3::bigint
          WHERE projection = $1`,
        [projection, ...columnsOf(target)],
      );
      await reset(sql);
    });
  }
}

const columnsOf = (at: LogPosition | null) => [at?.transactionId ?? null, at?.position ?? null];
