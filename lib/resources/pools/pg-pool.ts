import { readWithoutGetters, declares, declaresMethods, isObject } from '../../kernel/hooks.js';
import type { PoolAnswer } from './pool-source.js';

/** Pool of `pg`, or of a compatible package. */
export interface PgPool {
  /** Number of open connections. */
  readonly totalCount: number;
  /** Number of idle connections. */
  readonly idleCount: number;
  /** Number of callers waiting for a connection. */
  readonly waitingCount: number;
  /** Connects; never called by this library. */
  connect(): unknown;
}

interface PgPoolInside extends PgPool {
  readonly options: { readonly max?: number };
  readonly ended?: boolean;
}

/** Returns a reader of a `pg` pool; `undefined` for any other value. */
export function pgPoolSource(instance: unknown): (() => PoolAnswer) | undefined {
  return isPgPool(instance) ? () => readPgPool(instance) : undefined;
}

function isPgPool(instance: unknown): instance is PgPoolInside {
  return (
    isObject(instance) &&
    declares(instance, 'totalCount', 'idleCount', 'waitingCount') &&
    declaresMethods(instance, 'connect', 'query', 'end') &&
    isObject(readWithoutGetters(instance, 'options'))
  );
}

function readPgPool({
  totalCount,
  idleCount,
  waitingCount,
  options,
  ended,
}: PgPoolInside): PoolAnswer {
  if (ended === true) return 'ended';
  return { size: totalCount, available: idleCount, maxSize: options.max, pending: waitingCount };
}
