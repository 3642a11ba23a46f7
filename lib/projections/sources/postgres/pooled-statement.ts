import { untilAborted } from '../scope-answers.js';
import type { PostgresConnection, PostgresPool, PostgresQueries } from './postgres-tables.js';

/** One statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

interface StatementLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

type Rows = Awaited<ReturnType<PostgresQueries['query']>>;

/**
 * Runs one statement. On a pool it has a connection of its own until it ends: a connection that was given up, or on
 * which anything failed, is destroyed, so that the next statement gets another one. The settings are those of the
 * transaction, because poolers such as PgBouncer refuse them as parameters of a connection.
 */
export async function runStatement(
  client: PostgresQueries | PostgresPool,
  statement: Statement,
  limits: StatementLimits,
): Promise<Rows> {
  const { signal } = limits;
  if (!isPool(client)) return untilAborted(signal, client.query(statement.text, statement.values));
  const connecting = client.connect();
  const connection = await untilAborted(signal, connecting).catch((error: unknown) => {
    // A connection that arrives after all goes back at once.
    connecting.then((late) => late.release(true)).catch(() => undefined);
    throw error;
  });
  // The statement rejects too; the event alone would end the process.
  connection.on('error', ignore);
  let isIntact = false;
  try {
    const result = await untilAborted(signal, inTransaction(connection, statement, limits));
    isIntact = true;
    return result;
  } finally {
    connection.release(!isIntact);
    connection.off('error', ignore);
  }
}

function ignore(): void {}

async function inTransaction(
  connection: PostgresConnection,
  { text, values }: Statement,
  { timeoutMs }: StatementLimits,
): Promise<Rows> {
  await connection.query(`BEGIN READ ONLY; ${settingsOf(timeoutMs)}`);
  const result = await connection.query(text, values);
  await connection.query('COMMIT');
  return result;
}

/** Compilation takes longer than the statement itself. A shorter time limit of the connection stays. */
function settingsOf(timeoutMs: number): string {
  return `SET LOCAL jit = off; SELECT set_config('statement_timeout', '${timeoutMs}', true)
    FROM pg_settings WHERE name = 'statement_timeout' AND setting::bigint NOT BETWEEN 1 AND ${timeoutMs}`;
}

/** A single client has `connect` too, but connects once and has no count of connections. */
function isPool(client: PostgresQueries | PostgresPool): client is PostgresPool {
  const { connect, totalCount } = client as Partial<PostgresPool>;
  return typeof connect === 'function' && typeof totalCount === 'number';
}
