import { readWithoutGetters, isObject } from '../../kernel/hooks.js';
import type { PoolAnswer } from './pool-source.js';

/** Pool of `mysql2`, with callbacks or promises. */
export interface MysqlPool {
  /** Acquires a connection; never called by this library. */
  getConnection(...args: never[]): unknown;
  /** Closes the pool; never called by this library. */
  end(...args: never[]): unknown;
}

// Private fields of `mysql2`, which offers no public access to these numbers.
const ALL = '_allConnections';
const FREE = '_freeConnections';
const WAITING = '_connectionQueue';
const CLOSED = '_closed';

/** Returns a reader of a `mysql2` pool; `undefined` for any other value. */
export function mysqlPoolSource(instance: unknown): (() => PoolAnswer) | undefined {
  if (isMysqlPool(instance)) return () => readMysqlPool(instance);
  // A promise pool wraps a callback pool.
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
    // 0 means no limit.
    maxSize: typeof limit === 'number' && limit > 0 ? limit : undefined,
    pending: lengthOf(pool, WAITING),
  };
}

/** Connections are stored in queues of `mysql2`, or in arrays. */
function lengthOf(pool: object, name: string): number {
  return (readWithoutGetters(pool, name) as { readonly length: number }).length;
}
