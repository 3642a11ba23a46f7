import { EventStoreOperation } from '@eventcore/nestjs-observability';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { LogPosition, RecordedEvent, ShopEventType } from './shop-event.js';

interface MessageRow {
  transaction_id: string;
  global_position: bigint;
  message_type: string;
  message_data: unknown;
  message_metadata: unknown;
  created: Date;
}

export interface LogPage {
  readonly after: LogPosition;
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
  async read({ after, types, limit }: LogPage): Promise<RecordedEvent[]> {
    const rows = await this.database.query<MessageRow>(
      `SELECT transaction_id, global_position, message_type, message_data, message_metadata, created
         FROM emt_messages
        WHERE (transaction_id, global_position) > ($1::xid8, $2::bigint)
          AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
          AND message_type = ANY ($3)
          AND partition = 'emt:default' AND NOT is_archived
        ORDER BY transaction_id, global_position
        LIMIT $4`,
      [after.transactionId, after.position, types, limit],
    );
    return rows.map(toRecordedEvent);
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
