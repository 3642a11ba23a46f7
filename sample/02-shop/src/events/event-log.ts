import { EventStoreOperation } from '@eventcore/nestjs-observability';
import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.js';
import { type LogPosition, ORIGIN, textOf, toLogPosition } from './log-position.js';
import type { RecordedEvent, ShopEventType } from './shop-event.js';

interface MessageRow {
  transaction_id: string;
  global_position: bigint;
  message_type: string;
  message_data: unknown;
  message_metadata: unknown;
  created: Date;
}

export interface LogPage {
  /** `null` reads from the beginning. */
  readonly after: LogPosition | null;
  /** `null` reads to the end. */
  readonly upTo: LogPosition | null;
  readonly types: readonly ShopEventType[];
  readonly limit: number;
}

/**
 * Reads all streams in one order. Events of transactions that may still be overtaken by an
 * older one are left for later, so a reader that goes on from the last event misses none.
 */
@Injectable()
export class EventLog {
  constructor(private readonly database: Database) {}

  @EventStoreOperation('read_all', { category: 'all' })
  async read({ after, upTo, types, limit }: LogPage): Promise<RecordedEvent[]> {
    const from = after ?? ORIGIN;
    const rows = await this.database.query<MessageRow>(
      `SELECT transaction_id, global_position, message_type, message_data, message_metadata, created
         FROM emt_messages
        WHERE (transaction_id, global_position) > ($1::xid8, $2::bigint)
          AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
          AND ($5::xid8 IS NULL OR (transaction_id, global_position) <= ($5::xid8, $6::bigint))
          AND message_type = ANY ($3)
          AND partition = 'emt:default' AND NOT is_archived
        ORDER BY transaction_id, global_position
        LIMIT $4`,
      [from.transactionId, from.position, types, limit, upTo?.transactionId, upTo?.position],
    );
    return rows.map(toRecordedEvent);
  }

  /** The last event that readers see now; `null` when there is none. */
  async head(
    types: readonly ShopEventType[],
    sql: Sql = this.database,
  ): Promise<LogPosition | null> {
    const [row] = await sql.query<{ transaction_id: string; position: bigint }>(
      `SELECT transaction_id, global_position AS position
         FROM emt_messages
        WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())
          AND message_type = ANY ($1)
          AND partition = 'emt:default' AND NOT is_archived
        ORDER BY transaction_id DESC, global_position DESC
        LIMIT 1`,
      [types],
    );
    return row ? toLogPosition(row) : null;
  }

  /** The position of an event, as callers may ask for it; it is known once the event is committed. */
  async positionOf(stream: string, version: bigint): Promise<string> {
    const [row] = await this.database.query<{ transaction_id: string; position: bigint }>(
      `SELECT transaction_id, global_position AS position
         FROM emt_messages
        WHERE stream_id = $1 AND stream_position = $2
          AND partition = 'emt:default' AND NOT is_archived`,
      [stream, String(version)],
    );
    const position = row && toLogPosition(row);
    if (!position) throw new Error(`No event ${version} in ${stream}`);
    return textOf(position);
  }
}

const toRecordedEvent = (row: MessageRow): RecordedEvent =>
  ({
    type: row.message_type,
    data: row.message_data,
    metadata: row.message_metadata,
    at: { transactionId: row.transaction_id, position: String(row.global_position) },
    recordedAt: row.created,
  }) as RecordedEvent;
