import type { Position } from '../../position.js';

/** What is used of a client or a pool: `pg` has it, and so have others with the same method. */
export interface PostgresQueries {
  /**
   * Runs one statement.
   *
   * @param text - The statement.
   * @param values - Values of its parameters.
   * @returns The rows.
   */
  query(
    text: string,
    values: unknown[],
  ): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
}

/** Conditions that every row in question fulfils: equal values, by the name of the column. */
export type PostgresConditions = Readonly<Record<string, string | number | boolean>>;

/** Where events are recorded. Names are those of the catalogue of the database, case included. */
export interface PostgresEventTable {
  /** Name of the table; a schema before a dot. */
  readonly table: string;
  /** Column of the position: an integer that grows; it may have gaps. There has to be an index on the position. */
  readonly position: string;
  /**
   * Column of type `xid8` of the transaction that recorded the event, when readers go by it before the position, and leave out
   * what an open transaction may still overtake. Positions are then texts, `<transaction>-<position>`, and the index is on both.
   *
   * @defaultValue readers go by the position alone
   */
  readonly transactionId?: string;
  /** Column of the type of the event. */
  readonly type: string;
  /** Column of the stream or of the category. @defaultValue none: no projection has a filter by category */
  readonly category?: {
    /** Name of the column. */
    readonly column: string;
    /** What ends the category in the name of a stream. @defaultValue the column has nothing but the category */
    readonly separator?: string;
  };
  /** Column of type `timestamptz` that says when the event was recorded. */
  readonly recordedAt: string;
  /** Conditions of the rows that are events. @defaultValue all are */
  readonly where?: PostgresConditions;
  /**
   * Whether there is an index on the type followed by the position. It finds few events among many others; without it all events
   * after a checkpoint are looked at.
   *
   * @defaultValue false
   */
  readonly hasTypeIndex?: boolean;
}

/** Where projections commit their checkpoints, one row for each. */
export interface PostgresCheckpointTable {
  /** Name of the table; a schema before a dot. */
  readonly table: string;
  /** Column of the name of the projection. */
  readonly projection: string;
  /** Column of the position of the last applied event: an integer, or its digits as text. */
  readonly position: string;
  /** Column of the transaction of that event; needed exactly when the table of events names one. */
  readonly transactionId?: string;
  /** Conditions of the rows that are checkpoints. @defaultValue all are */
  readonly where?: PostgresConditions;
  /** The name in the column by the name of the projection. @defaultValue the same */
  readonly names?: Readonly<Record<string, string>>;
}

/** Which tables a {@link PostgresProgress} reads, and how much. */
export interface PostgresProgressOptions {
  /** Where events are recorded. */
  readonly events: PostgresEventTable;
  /**
   * Where checkpoints are committed; they are read in the snapshot in which the events are.
   *
   * @defaultValue the application says what is committed, or another source does
   */
  readonly checkpoints?: PostgresCheckpointTable;
  /**
   * Events after a checkpoint to look at per projection and period, 1 to 100000000. Beyond it nothing is counted:
   * the number of events is left out, the age of the oldest one is not. It is lowered for a while when time was not enough.
   *
   * @defaultValue 200000
   */
  readonly countLimit?: number;
}

const LARGEST = { position: 2n ** 63n - 1n, transaction: 2n ** 64n - 1n };

/**
 * The parts of a position as the database takes them: the position alone, or the transaction before it.
 *
 * @throws TypeError when it is none of this table.
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
    const form = columns === 1 ? 'a whole number' : 'a text <transaction>-<position>';
    throw new TypeError(`a position in the table of events is ${form}`);
  }
  return parts.map(String);
}

/** The position of parts that the database gave; `null` when it gave none. */
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

// Less than this is hardly cheaper.
const SMALLEST = 1_000;
const SHRINKING = 8;
const GROWTH = 1.1;

/**
 * How many events after a checkpoint are looked at. When all projections are far behind at once, as after a change that rebuilds
 * them all, the whole is more than the time allows: then fewer are looked at, until there is time again.
 */
export class CountLimit {
  readonly #largest: number;
  #value: number;

  constructor(largest: number) {
    this.#largest = largest;
    this.#value = largest;
  }

  /** The limit now. */
  get value(): number {
    return this.#value;
  }

  /** An answer came in time. */
  kept(): void {
    this.#value = Math.min(this.#largest, Math.ceil(this.#value * GROWTH));
  }

  /** There was not enough time. */
  exceeded(): void {
    const smallest = Math.min(SMALLEST, this.#largest);
    this.#value = Math.max(smallest, Math.floor(this.#value / SHRINKING));
  }
}
