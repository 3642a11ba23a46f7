import type pg from 'pg';

/**
 * Keeps a pool usable when its server restarts, hangs or falls silent.
 *
 * - A broken connection raises `error`, whether it is idle or lent; an `error` without a listener ends the process.
 * - A connection that is lent for longer than the limit is closed: what waits for its answer fails, and the borrower,
 *   Emmett as well as the shop, returns it. Otherwise connections that went silent would use up the pool.
 *
 * @param limitMs - Answers for how long a connection that is lent now may be lent; `undefined` lends without a limit.
 */
export function guardPool(
  pool: pg.Pool,
  limitMs: (() => number) | undefined,
  lost: (error: Error) => void,
): void {
  pool.on('error', lost);
  // Whoever has borrowed the connection is told by the statement that fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  if (limitMs === undefined) return;
  const limits = new WeakMap<pg.PoolClient, NodeJS.Timeout>();
  pool.on('acquire', (client) => {
    limits.set(client, setTimeout(() => cut(client), limitMs()).unref());
  });
  pool.on('release', (_error, client) => clearTimeout(limits.get(client)));
}

/** `end()` would be polite to a server that may be gone, and wait for its answer. */
function cut(client: pg.PoolClient): void {
  const { connection } = client as pg.PoolClient & { readonly connection: pg.Connection };
  connection.stream.destroy();
}
