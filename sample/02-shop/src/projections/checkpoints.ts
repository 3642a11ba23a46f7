import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import type { LogPosition } from '../events/shop-event.js';

const ORIGIN: LogPosition = { transactionId: '0', position: '0' };

/** How far each projection has read. */
@Injectable()
export class Checkpoints {
  constructor(private readonly database: Database) {}

  async register(projection: string): Promise<void> {
    await this.database.query(
      `INSERT INTO projection_checkpoints (projection, transaction_id, position)
       VALUES ($1, $2::xid8, $3) ON CONFLICT DO NOTHING`,
      [projection, ORIGIN.transactionId, ORIGIN.position],
    );
  }

  async read(projection: string): Promise<LogPosition> {
    const [row] = await this.database.query<{ transaction_id: string; position: bigint }>(
      'SELECT transaction_id, position FROM projection_checkpoints WHERE projection = $1',
      [projection],
    );
    if (!row) return ORIGIN;
    return { transactionId: row.transaction_id, position: String(row.position) };
  }

  /** False when another process has moved the checkpoint since it was read. */
  async advance(
    projection: string,
    { from, to }: { from: LogPosition; to: LogPosition },
    sql: Sql,
  ): Promise<boolean> {
    const moved = await sql.query(
      `UPDATE projection_checkpoints
          SET transaction_id = $4::xid8, position = $5, updated_at = now()
        WHERE projection = $1 AND transaction_id = $2::xid8 AND position = $3
        RETURNING projection`,
      [projection, from.transactionId, from.position, to.transactionId, to.position],
    );
    return moved.length === 1;
  }
}
