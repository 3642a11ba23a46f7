import type { PostgresCheckpointTable, PostgresEventTable } from './postgres-tables.js';

const PARTITION = 'emt:default';

/** Options of {@link emmettTables}. */
export interface EmmettTablesOptions {
  /** Partition of the store. @defaultValue 'emt:default' */
  readonly partition?: string;
  /** Version of the processors. @defaultValue 1 */
  readonly version?: number;
  /**
   * Checkpoint table of the installed Emmett version: `emt_processors` since 0.42, `emt_subscriptions` before.
   *
   * @defaultValue 'emt_processors'
   */
  readonly checkpoints?: 'emt_processors' | 'emt_subscriptions';
  /**
   * Processor ids by projection name. An Emmett projector without an explicit id has the id
   * `emt:processor:projector:<name>`.
   *
   * @defaultValue the projection name
   */
  readonly processors?: Readonly<Record<string, string>>;
  /** Set to true when an index on `(message_type, global_position)` exists. @defaultValue false */
  readonly hasTypeIndex?: boolean;
}

/**
 * Describes the tables of Emmett's PostgreSQL event store for {@link PostgresProgress}. Emmett creates no index on the
 * global position. Create one yourself: `CREATE INDEX ON emt_messages (global_position)`, and optionally one on
 * `(message_type, global_position)`.
 *
 * @param options - Partition, version, checkpoint table and indexes.
 * @returns The event table and the checkpoint table.
 * @example
 * ```ts
 * import pg from 'pg';
 * import { emmettTables, PostgresProgress } from '@eventcore/nestjs-observability/projections';
 *
 * const pool = new pg.Pool({ max: 1, connectionTimeoutMillis: 2_000 });
 * pool.on('error', (error) => console.warn(error.message));
 * export const progress = new PostgresProgress(pool, emmettTables());
 * ```
 */
export function emmettTables(options: EmmettTablesOptions = {}): {
  readonly events: PostgresEventTable;
  readonly checkpoints: PostgresCheckpointTable;
} {
  const { partition = PARTITION, version = 1, processors = {}, hasTypeIndex = false } = options;
  const isCurrent = options.checkpoints !== 'emt_subscriptions';
  return {
    events: {
      table: 'emt_messages',
      position: 'global_position',
      type: 'message_type',
      category: { column: 'stream_id', separator: '-' },
      recordedAt: 'created',
      where: { partition, is_archived: false },
      hasTypeIndex,
    },
    checkpoints: {
      table: isCurrent ? 'emt_processors' : 'emt_subscriptions',
      projection: isCurrent ? 'processor_id' : 'subscription_id',
      position: isCurrent ? 'last_processed_checkpoint' : 'last_processed_position',
      where: { partition, version },
      names: processors,
    },
  };
}
