import { ConfigurationError } from '../../../kernel/configuration-error.js';
import type { HeadAnswer, HeadReading, HeadSource } from '../../head-source.js';
import { isBeyond } from '../../position.js';
import { type ProjectionScope, Unreadable } from '../../projection-scope.js';
import { answersOf } from '../scope-answers.js';
import {
  CountLimit,
  partsOf,
  placeOf,
  type PostgresPool,
  type PostgresProgressOptions,
  type PostgresQueries,
} from './postgres-tables.js';
import { runStatement } from './pooled-statement.js';
import { type ProgressStatement, progressStatement } from './progress-statement.format.js';

const DEFAULT_COUNT_LIMIT = 200_000;
const MAX_COUNT_LIMIT = 100_000_000;
const DEFAULT_TIMEOUT_MS = 2_000;
const MAX_TIMEOUT_MS = 600_000;

type Row = Readonly<Record<string, unknown>>;

interface QueryResult {
  /** Rows by scope key. */
  readonly rows: ReadonlyMap<unknown, readonly Row[]>;
  /** Maximum number of events inspected after a checkpoint. */
  readonly limit: number;
}

const NOTHING: QueryResult = { rows: new Map(), limit: 0 };

/**
 * Reads the progress of projections over a PostgreSQL event table. One statement per period reads all projections, so
 * events and checkpoints come from the same snapshot. Events are counted per projection with its filter, up to a limit.
 * Beyond the limit the event count is omitted, never estimated.
 *
 * Every committed event after the checkpoint counts as unprocessed, including an event that readers skip because an
 * open transaction may still precede it: such a transaction delays projections, and the lag shows the delay. With
 * `transactionId`, an event that becomes visible late is counted whatever its position, because no checkpoint can have
 * passed it. Without it, readers order by position alone, and an event that becomes visible behind a checkpoint is one
 * that the projection has missed; it is not counted.
 *
 * An index on the position keeps the statement cheap; an index on type and position (`hasTypeIndex`) does so for
 * projections of rare events. Use a separate pool, as in the example: a reading that gets no answer destroys its
 * connection, and the next reading opens another one. A single client that has gone silent cannot be replaced. The
 * server cancels slow statements after `statementTimeoutMs`; the progress is then unknown for that period, and fewer
 * events are inspected in the next periods. The settings are local to a transaction, so poolers such as PgBouncer accept
 * them.
 *
 * @example
 * ```ts
 * import pg from 'pg';
 * import { PostgresProgress } from '@eventcore/nestjs-observability/projections';
 *
 * const pool = new pg.Pool({ max: 1, connectionTimeoutMillis: 2_000 });
 * // Without a listener, a lost connection ends the process. The next reading connects again.
 * pool.on('error', (error) => console.warn(error.message));
 * export const progress = new PostgresProgress(pool, {
 *   events: { table: 'events', position: 'id', type: 'type', recordedAt: 'recorded_at' },
 *   checkpoints: { table: 'checkpoints', projection: 'name', position: 'position' },
 * });
 * ```
 */
export class PostgresProgress implements HeadSource {
  readonly #client: PostgresQueries | PostgresPool;
  readonly #options: PostgresProgressOptions;
  readonly #countLimit: CountLimit;
  readonly #statement: ProgressStatement;

  /**
   * @param client - Pool, or a client. The source does not close it.
   * @param options - Tables, and the count limit.
   * @throws ConfigurationError `OBS_OPTION_INVALID` when a limit is out of range, or when only one of the tables
   * names a transaction column.
   */
  constructor(client: PostgresQueries | PostgresPool, options: PostgresProgressOptions) {
    const { countLimit = DEFAULT_COUNT_LIMIT } = options;
    checkOptions(options, countLimit);
    this.#client = client;
    this.#options = options;
    this.#countLimit = new CountLimit(countLimit);
    this.#statement = progressStatement(options);
  }

  /** {@inheritDoc HeadSource.observe} */
  async observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    signal.throwIfAborted();
    const requests = new Map(scopes.map((scope) => [scope, this.#requestOf(scope)]));
    const readable = [...requests.values()].filter((it) => !(it instanceof Unreadable));
    const result = readable.length === 0 ? NOTHING : await this.#query(readable, signal);
    return answersOf(scopes, signal, (scope) => {
      const request = requests.get(scope);
      if (request instanceof Unreadable) return request;
      return this.#answerOf(scope, result);
    });
  }

  async #query(requests: readonly object[], signal: AbortSignal): Promise<QueryResult> {
    const { text, values } = this.#statement;
    const limit = this.#countLimit.value;
    const { statementTimeoutMs: timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const parameters = [JSON.stringify(requests), requests.length, limit, ...values];
    try {
      const statement = { text, values: parameters };
      const { rows } = await runStatement(this.#client, statement, { signal, timeoutMs });
      this.#countLimit.kept();
      return { rows: byKey(rows), limit };
    } catch (error) {
      if (signal.aborted || isCanceled(error)) this.#countLimit.exceeded();
      throw error;
    }
  }

  #requestOf(scope: ProjectionScope): object {
    const { key, projection, filter, checkpoint, target } = scope;
    const { checkpoints, events } = this.#options;
    if (filter.categories !== undefined && events.category === undefined) {
      return new Unreadable(
        new RangeError('the event table has no category column: set events.category'),
      );
    }
    const names = checkpoints?.names ?? {};
    try {
      const at =
        checkpoints !== undefined || checkpoint === undefined || checkpoint === null
          ? []
          : this.#parts(checkpoint);
      const to = target === undefined ? [] : this.#parts(target);
      return {
        key,
        name: Object.hasOwn(names, projection) ? names[projection] : projection,
        types: filter.eventTypes,
        categories: filter.categories,
        told: checkpoint !== undefined,
        ...Object.fromEntries(at.map((it, i) => [`p${i}`, it])),
        ...Object.fromEntries(to.map((it, i) => [`t${i}`, it])),
      };
    } catch (cause) {
      return new Unreadable(cause);
    }
  }

  #answerOf(scope: ProjectionScope, { rows, limit }: QueryResult): HeadReading {
    const [row, ...others] = rows.get(scope.key) ?? [];
    if (row === undefined) throw new TypeError('the statement returned no row for a projection');
    if (others.length > 0) throw new RangeError(`${scope.projection} has several checkpoints`);
    const last = this.#place(row, 'l');
    const end = this.#place(row, 'z');
    if (row['known'] !== true) return { head: last };
    const checkpoint = row['given'] === true ? this.#place(row, 'c') : null;
    const told = this.#options.checkpoints !== undefined && { checkpoint };
    const pending = Number(row['pending']);
    const oldest = timeOf(row['oldest_ms']);
    if (Number(row['looked_at']) > limit) {
      if (pending > 0) return { head: last, ...told, ...oldest };
      throw new RangeError(
        `none of the ${limit} inspected events matches the filter: add an index on the event type and set hasTypeIndex`,
      );
    }
    const toTarget = scope.target !== undefined && { pendingToTarget: Number(row['to_target']) };
    if (pending > 0) {
      const head = this.#place(row, 'h');
      return { head, ...told, pendingEvents: pending, ...oldest, ...toTarget };
    }
    // When every matching event is applied, the last one is not searched.
    const head = isBeyond(checkpoint, end) ? last : checkpoint;
    return { head, end, ...told, pendingEvents: 0, ...toTarget };
  }

  #parts(position: Parameters<typeof partsOf>[0]): readonly string[] {
    return partsOf(position, this.#columns);
  }

  #place(row: Row, prefix: 'c' | 'h' | 'l' | 'z'): string | null {
    return placeOf(Array.from({ length: this.#columns }, (_, i) => row[`${prefix}${i}`]));
  }

  get #columns(): 1 | 2 {
    return this.#options.events.transactionId === undefined ? 1 : 2;
  }
}

function byKey(rows: readonly Row[]): ReadonlyMap<unknown, readonly Row[]> {
  const grouped = new Map<unknown, Row[]>();
  for (const row of rows) {
    const known = grouped.get(row['key']);
    if (known === undefined) grouped.set(row['key'], [row]);
    else known.push(row);
  }
  return grouped;
}

function timeOf(oldestMs: unknown): { oldestPendingMs?: number } {
  return oldestMs === null ? {} : { oldestPendingMs: Number(oldestMs) };
}

/** Returns true when the server canceled the statement, on a timeout or on request. */
function isCanceled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}

function checkOptions(options: PostgresProgressOptions, countLimit: number): void {
  const { events, checkpoints, statementTimeoutMs = DEFAULT_TIMEOUT_MS } = options;
  checkLimit('countLimit', countLimit, [MAX_COUNT_LIMIT, DEFAULT_COUNT_LIMIT]);
  checkLimit('statementTimeoutMs', statementTimeoutMs, [MAX_TIMEOUT_MS, DEFAULT_TIMEOUT_MS]);
  if (
    checkpoints !== undefined &&
    (checkpoints.transactionId === undefined) !== (events.transactionId === undefined)
  ) {
    throw new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 'PostgresProgress.checkpoints.transactionId',
      value: checkpoints.transactionId,
      rule: 'set if and only if events.transactionId is set',
      remedy: 'Set the column for both tables, or for neither.',
    });
  }
}

function checkLimit(option: string, value: number, [largest, usual]: [number, number]): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= largest) return;
  throw new ConfigurationError('OBS_OPTION_INVALID', {
    subject: `PostgresProgress.${option}`,
    value,
    rule: `an integer, 1 to ${largest}`,
    remedy: `Omit it to use the default of ${usual}.`,
  });
}
