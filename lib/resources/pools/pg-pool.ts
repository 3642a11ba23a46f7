import {
  readWithoutGetters,
  declares,
  declaresMethods,
  isObject,
} from '../../kernel/safe-property.js';
import type { PoolAnswer } from './pool-source.js';

/** A pool of `pg`, or of a package that does as `pg` does. */
export interface PgPool {
  /** Connections that are open. */
  readonly totalCount: number;
  /** Open connections that nobody uses. */
  readonly idleCount: number;
  /** Callers that wait for a connection. */
  readonly waitingCount: number;
  /** Connects; never called. */
  connect(): unknown;
}

interface PgPoolInside extends PgPool {
  readonly options: { readonly max?: number };
  readonly ended?: boolean;
}

/** Reads a pool of `pg`; `undefined` for anything else. */
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
