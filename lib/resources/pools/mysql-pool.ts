import { readWithoutGetters, isObject } from '../../kernel/safe-property.js';
import type { PoolAnswer } from './pool-source.js';

/** A pool of `mysql2`, with callbacks or with promises. */
export interface MysqlPool {
  /** Lends a connection; never called. */
  getConnection(...args: never[]): unknown;
  /** Closes the pool; never called. */
  end(...args: never[]): unknown;
}

// Where it keeps its numbers; it has no public place for them.
const ALL = '_allConnections';
const FREE = '_freeConnections';
const WAITING = '_connectionQueue';
const CLOSED = '_closed';

/** Reads a pool of `mysql2`; `undefined` for anything else. */
export function mysqlPoolSource(instance: unknown): (() => PoolAnswer) | undefined {
  if (isMysqlPool(instance)) return () => readMysqlPool(instance);
  // The pool with promises has the one with callbacks inside.
  const inner = readWithoutGetters(instance, 'pool');
  return isMysqlPool(inner) ? () => readMysqlPool(inner) : undefined;
}

function isMysqlPool(instance: unknown): instance is object {
  return [ALL, FREE, WAITING, 'config'].every((it) => isObject(readWithoutGetters(instance, it)));
}

function readMysqlPool(pool: object): PoolAnswer {
  if (readWithoutGetters(pool, CLOSED) === true) return 'ended';
  const limit = readWithoutGetters(readWithoutGetters(pool, 'config'), 'connectionLimit');
  return {
    size: lengthOf(pool, ALL),
    available: lengthOf(pool, FREE),
    // 0 is no limit.
    maxSize: typeof limit === 'number' && limit > 0 ? limit : undefined,
    pending: lengthOf(pool, WAITING),
  };
}

/** Connections are in lists of a kind of its own, or in arrays. */
function lengthOf(pool: object, name: string): number {
  return (readWithoutGetters(pool, name) as { readonly length: number }).length;
}
