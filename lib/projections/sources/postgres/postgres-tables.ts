import type { Position } from '../../position.js';

/**
 * Method of a PostgreSQL client that {@link PostgresProgress} calls. `pg` and compatible clients provide it.
 */
export interface PostgresQueries {
  /**
   * Runs one statement.
   *
   * @param text - Statement.
   * @param values - Parameter values.
   * @returns The rows.
   */
  query(
    text: string,
    values: unknown[],
  ): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
}

/** Connection that a {@link PostgresPool} lends. */
export interface PostgresConnection {
  /**
   * Runs one statement.
   *
   * @param text - Statement.
   * @param values - Parameter values.
   * @returns The rows.
   */
  query(
    text: string,
    values?: unknown[],
  ): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
  /** Registers a listener for the loss of the connection. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Removes a listener. */
  off(event: 'error', listener: (error: Error) => void): unknown;
  /**
   * Returns the connection to the pool.
   *
   * @param destroy - True when the pool must close it instead of lending it again.
   */
  release(destroy?: boolean): void;
}

/** Methods of a PostgreSQL pool that {@link PostgresProgress} calls. The pool of `pg` provides them. */
export interface PostgresPool {
  /** Number of connections. */
  readonly totalCount: number;
  /**
   * Lends a connection.
   *
   * @returns The connection.
   */
  connect(): Promise<PostgresConnection>;
}

/** Equality conditions on rows: values by column name. */
export type PostgresConditions = Readonly<Record<string, string | number | boolean>>;

/** Event table. Names are case-sensitive catalogue names of the database. */
export interface PostgresEventTable {
  /** Table name, optionally with a schema before a dot. */
  readonly table: string;
  /** Position column: an increasing integer, with or without gaps. It requires an index. */
  readonly position: string;
  /**
   * Column of type `xid8` with the transaction that recorded the event. Set it when readers order by transaction before
   * position and skip events that an open transaction may still precede. Positions are then strings
   * `<transaction>-<position>`, and the index covers both columns.
   *
   * @defaultValue none: readers order by position alone
   */
  readonly transactionId?: string;
  /** Event type column. */
  readonly type: string;
  /** Column of the stream name or of the category. @defaultValue none: projections cannot filter by category */
  readonly category?: {
    /** Column name. */
    readonly column: string;
    /**
     * Separator between the category and the rest of a stream name. @defaultValue none: the column holds the category
     * itself
     */
    readonly separator?: string;
  };
  /** Column of type `timestamptz` with the recording time. */
  readonly recordedAt: string;
  /** Conditions on the rows that are events. @defaultValue none */
  readonly where?: PostgresConditions;
  /**
   * Set to true when an index on the type followed by the position exists. It finds rare events; without it all events
   * after a checkpoint are inspected.
   *
   * @defaultValue false
   */
  readonly hasTypeIndex?: boolean;
}

/** Checkpoint table, with one row per projection. */
export interface PostgresCheckpointTable {
  /** Table name, optionally with a schema before a dot. */
  readonly table: string;
  /** Column of the projection name. */
  readonly projection: string;
  /** Column of the position of the last applied event: an integer, or its digits as text. */
  readonly position: string;
  /** Column of the transaction of that event; set it if and only if the event table names one. */
  readonly transactionId?: string;
  /** Conditions on the rows that are checkpoints. @defaultValue none */
  readonly where?: PostgresConditions;
  /** Names in the projection column, by projection name. @defaultValue the projection name */
  readonly names?: Readonly<Record<string, string>>;
}

/** Options of {@link PostgresProgress}. */
export interface PostgresProgressOptions {
  /** Event table. */
  readonly events: PostgresEventTable;
  /**
   * Checkpoint table, read in the same snapshot as the events.
   *
   * @defaultValue none: the application or another source reports checkpoints
   */
  readonly checkpoints?: PostgresCheckpointTable;
  /**
   * Maximum number of events inspected after a checkpoint, per projection and period, 1 to 100000000. Beyond it the
   * event count is omitted; the age of the oldest event is not. The limit decreases temporarily after a timeout.
   *
   * @defaultValue 200000
   */
  readonly countLimit?: number;
  /**
   * Milliseconds after which the server cancels the statement on a connection of a pool, an integer, 1 to 600000. A
   * shorter `statement_timeout` of the connection stays.
   *
   * @defaultValue 2000
   */
  readonly statementTimeoutMs?: number;
}

const LARGEST = { position: 0x7fff_ffff_ffff_ffffn, transaction: 0xffff_ffff_ffff_ffffn };

/**
 * Splits a position into column values: the position, preceded by the transaction if the table has one.
 *
 * @throws TypeError when the position does not belong to this table.
 */
export function partsOf(position: Position, columns: 1 | 2): readonly string[] {
  const parts = columns === 1 ? [wholeNumberOf(position)] : pairOf(position);
  const last = parts.at(-1);
  const [first] = parts;
  if (
    last === undefined ||
    first === undefined ||
    last > LARGEST.position ||
    first > LARGEST.transaction
  ) {
    const form = columns === 1 ? 'an integer, 0 or more' : 'a string <transaction>-<position>';
    throw new TypeError(`a position in the event table must be ${form}`);
  }
  return parts.map(String);
}

/** Joins column values to a position; `null` when any of them is null. */
export function placeOf(parts: readonly unknown[]): string | null {
  return parts.some((it) => it === null || it === undefined) ? null : parts.join('-');
}

function wholeNumberOf(position: Position): bigint | undefined {
  if (typeof position === 'bigint') return position < 0n ? undefined : position;
  if (typeof position === 'number') {
    return Number.isSafeInteger(position) && position >= 0 ? BigInt(position) : undefined;
  }
  return typeof position === 'string' && /^\d+$/.test(position) ? BigInt(position) : undefined;
}

function pairOf(position: Position): (bigint | undefined)[] {
  if (typeof position !== 'string' || !/^\d+-\d+$/.test(position)) return [];
  return position.split('-').map(BigInt);
}

// A smaller limit is hardly cheaper.
const SMALLEST = 1_000;
const SHRINKING = 8;
const GROWTH = 1.1;

/**
 * Adaptive limit on the number of events inspected after a checkpoint. When all projections are far behind at once, for
 * example after a change that rebuilds them all, the statement exceeds its time limit; the limit then decreases and
 * recovers gradually.
 */
export class CountLimit {
  readonly #largest: number;
  #value: number;

  constructor(largest: number) {
    this.#largest = largest;
    this.#value = largest;
  }

  /** Current limit. */
  get value(): number {
    return this.#value;
  }

  /** Raises the limit after an answer within the time limit. */
  kept(): void {
    this.#value = Math.min(this.#largest, Math.ceil(this.#value * GROWTH));
  }

  /** Lowers the limit after a timeout. */
  exceeded(): void {
    const smallest = Math.min(SMALLEST, this.#largest);
    this.#value = Math.max(smallest, Math.floor(this.#value / SHRINKING));
  }
}
