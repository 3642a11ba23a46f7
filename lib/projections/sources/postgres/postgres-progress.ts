import { ConfigurationError } from '../../../kernel/configuration-error.js';
import type { HeadAnswer, HeadReading, HeadSource } from '../../head-source.js';
import { type ProjectionScope, Unreadable } from '../../projection-scope.js';
import { answersOf, untilAborted } from '../scope-answers.js';
import {
  CountLimit,
  partsOf,
  placeOf,
  type PostgresProgressOptions,
  type PostgresQueries,
} from './postgres-tables.js';
import { type ProgressStatement, progressStatement } from './progress-statement.format.js';

const DEFAULT_COUNT_LIMIT = 200_000;
const MAX_COUNT_LIMIT = 100_000_000;

type Row = Readonly<Record<string, unknown>>;

interface Answered {
  /** Rows by the key of the scope. */
  readonly rows: ReadonlyMap<unknown, readonly Row[]>;
  /** How many events after a checkpoint were looked at, at most. */
  readonly limit: number;
}

const NOTHING: Answered = { rows: new Map(), limit: 0 };

/**
 * Progress of projections over a table of events in PostgreSQL: one statement per period for all of them, so that events and
 * checkpoints are of one snapshot. Events are counted in the scope of each projection's filter, up to a limit; beyond it the
 * number of events is left out, never guessed.
 *
 * Every committed event behind the checkpoint counts as unprocessed, also one that readers leave alone because an open
 * transaction may still overtake it: such a transaction holds projections up, and the lag shows it. With `transactionId` an
 * event that becomes visible late is counted whatever its position, because no checkpoint can have passed it. Where readers go by
 * the position alone, an event that becomes visible behind a checkpoint is one that the projection has missed, and is not counted.
 *
 * An index on the position makes the statement cheap; one on type and position (`hasTypeIndex`) does for projections of rare
 * events. Give it a pool of its own, as in the example: `statement_timeout` ends in the server what takes too long, and what did
 * not end is unknown for that period, and less is looked at for some periods; `jit=off` because compiling takes longer than reading what is left.
 *
 * @example
 * ```ts
 * import pg from 'pg';
 * import { PostgresProgress } from '@eventcore/nestjs-observability/projections';
 *
 * const pool = new pg.Pool({ max: 1, statement_timeout: 2_000, options: '-c jit=off' });
 * export const progress = new PostgresProgress(pool, {
 *   events: { table: 'events', position: 'id', type: 'type', recordedAt: 'recorded_at' },
 *   checkpoints: { table: 'checkpoints', projection: 'name', position: 'position' },
 * });
 * ```
 */
export class PostgresProgress implements HeadSource {
  readonly #client: PostgresQueries;
  readonly #options: PostgresProgressOptions;
  readonly #countLimit: CountLimit;
  readonly #statement: ProgressStatement;

  /**
   * @param client - Client or pool; it is not closed here.
   * @param options - Which tables, and how much of them.
   * @throws ConfigurationError `OBS_OPTION_INVALID` when the limit is out of its range, or only one of the tables names a
   * transaction.
   */
  constructor(client: PostgresQueries, options: PostgresProgressOptions) {
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
    const questions = new Map(scopes.map((scope) => [scope, this.#questionOf(scope)]));
    const asked = [...questions.values()].filter((it) => !(it instanceof Unreadable));
    const answered = asked.length === 0 ? NOTHING : await this.#ask(asked, signal);
    return answersOf(scopes, signal, (scope) => {
      const question = questions.get(scope);
      if (question instanceof Unreadable) return question;
      return this.#answerOf(scope, answered);
    });
  }

  async #ask(questions: readonly object[], signal: AbortSignal): Promise<Answered> {
    const { text, values } = this.#statement;
    const limit = this.#countLimit.value;
    const parameters = [JSON.stringify(questions), questions.length, limit, ...values];
    try {
      const { rows } = await untilAborted(signal, this.#client.query(text, parameters));
      this.#countLimit.kept();
      return { rows: byKey(rows), limit };
    } catch (error) {
      if (signal.aborted || isCanceled(error)) this.#countLimit.exceeded();
      throw error;
    }
  }

  #questionOf(scope: ProjectionScope): object {
    const { key, projection, filter, checkpoint, target } = scope;
    const { checkpoints, events } = this.#options;
    if (filter.categories !== undefined && events.category === undefined) {
      return new Unreadable(
        new RangeError('the table of events was given no column of categories'),
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

  #answerOf(scope: ProjectionScope, { rows, limit }: Answered): HeadReading {
    const [row, ...others] = rows.get(scope.key) ?? [];
    if (row === undefined) throw new TypeError('the statement gave no row for a projection');
    if (others.length > 0) throw new RangeError(`${scope.projection} has several checkpoints`);
    const end = this.#place(row, 'l');
    if (row['known'] !== true) return { head: end };
    const checkpoint = row['given'] === true ? this.#place(row, 'c') : null;
    const told = this.#options.checkpoints !== undefined && { checkpoint };
    const pending = Number(row['pending']);
    const oldest = timeOf(row['oldest_ms']);
    if (Number(row['looked_at']) > limit) {
      if (pending > 0) return { head: end, ...told, ...oldest };
      throw new RangeError(`none of ${limit} events matches; an index on types would find one`);
    }
    // Behind everything that matches, where the last of them is says nothing.
    const head = pending === 0 ? checkpoint : this.#place(row, 'h');
    const toTarget = scope.target !== undefined && { pendingToTarget: Number(row['to_target']) };
    return { head, ...told, pendingEvents: pending, ...oldest, ...toTarget };
  }

  #parts(position: Parameters<typeof partsOf>[0]): readonly string[] {
    return partsOf(position, this.#columns);
  }

  #place(row: Row, prefix: 'c' | 'h' | 'l'): string | null {
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

/** The server ended the statement, because its time was over or because it was asked to. */
function isCanceled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}

function checkOptions({ events, checkpoints }: PostgresProgressOptions, countLimit: number): void {
  if (!Number.isSafeInteger(countLimit) || countLimit < 1 || countLimit > MAX_COUNT_LIMIT) {
    throw new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 'PostgresProgress.countLimit',
      value: countLimit,
      rule: `a whole number, 1 to ${MAX_COUNT_LIMIT}`,
      remedy: `Leave it out for ${DEFAULT_COUNT_LIMIT}.`,
    });
  }
  if (
    checkpoints !== undefined &&
    (checkpoints.transactionId === undefined) !== (events.transactionId === undefined)
  ) {
    throw new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 'PostgresProgress.checkpoints.transactionId',
      value: checkpoints.transactionId,
      rule: 'given exactly when events.transactionId is',
      remedy: 'Name the column in both tables, or in none.',
    });
  }
}
