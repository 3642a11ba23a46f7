import type { PostgresCheckpointTable, PostgresEventTable } from './postgres-tables.js';

const PARTITION = 'emt:default';

/** Which of the tables of Emmett. */
export interface EmmettTablesOptions {
  /** Partition of the store. @defaultValue 'emt:default' */
  readonly partition?: string;
  /** Version of the processors. @defaultValue 1 */
  readonly version?: number;
  /**
   * Where the version of Emmett that is in use keeps checkpoints: `emt_processors` as 0.42 does, or `emt_subscriptions` as older
   * ones do.
   *
   * @defaultValue 'emt_processors'
   */
  readonly checkpoints?: 'emt_processors' | 'emt_subscriptions';
  /**
   * Ids of the processors by the name of the projection. A projector of Emmett without an id of its own has
   * `emt:processor:projector:<name>`.
   *
   * @defaultValue the name itself
   */
  readonly processors?: Readonly<Record<string, string>>;
  /** Whether there is an index on `(message_type, global_position)`. @defaultValue false */
  readonly hasTypeIndex?: boolean;
}

/**
 * The tables of Emmett's event store in PostgreSQL, for {@link PostgresProgress}. Emmett makes no index on the global position:
 * `CREATE INDEX ON emt_messages (global_position)`, or `(message_type, global_position)` in addition, is up to the application.
 *
 * @param options - Which of them.
 * @returns What events and checkpoints are.
 * @example
 * ```ts
 * import pg from 'pg';
 * import { emmettTables, PostgresProgress } from '@eventcore/nestjs-observability/projections';
 *
 * const pool = new pg.Pool({ max: 1, statement_timeout: 2_000, options: '-c jit=off' });
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
