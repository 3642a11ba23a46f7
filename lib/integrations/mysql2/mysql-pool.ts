import { declaredValue, isObject } from '../../kernel/declared-member.js';
import type { PoolAnswer } from '../../metrics/pool-source.js';

/** A pool of `mysql2`, with callbacks or with promises. */
export interface MysqlPool {
  /** Lends a connection; never called. */
  getConnection(...args: never[]): unknown;
  /** Closes the pool; never called. */
  end(...args: never[]): unknown;
}

/** Where `mysql2` keeps its numbers; it has no public place for them. */
interface MysqlPoolInside {
  readonly _allConnections: { readonly length: number };
  readonly _freeConnections: { readonly length: number };
  readonly _connectionQueue: { readonly length: number };
  readonly _closed?: boolean;
  readonly config: { readonly connectionLimit?: number };
}

const QUEUES = ['_allConnections', '_freeConnections', '_connectionQueue'];

/** Reads a pool of `mysql2`; `undefined` for anything else. */
export function mysqlPoolSource(instance: unknown): (() => PoolAnswer) | undefined {
  if (isMysqlPool(instance)) return () => readMysqlPool(instance);
  // The pool with promises has the one with callbacks inside.
  const inner = declaredValue(instance, 'pool');
  return isMysqlPool(inner) ? () => readMysqlPool(inner) : undefined;
}

function isMysqlPool(instance: unknown): instance is MysqlPoolInside {
  return (
    QUEUES.every((it) => isObject(declaredValue(instance, it))) &&
    isObject(declaredValue(instance, 'config'))
  );
}

function readMysqlPool(pool: MysqlPoolInside): PoolAnswer {
  if (pool._closed === true) return 'ended';
  const { connectionLimit } = pool.config;
  return {
    size: pool._allConnections.length,
    available: pool._freeConnections.length,
    // 0 is no limit.
    maxSize: connectionLimit === 0 ? undefined : connectionLimit,
    pending: pool._connectionQueue.length,
  };
}
