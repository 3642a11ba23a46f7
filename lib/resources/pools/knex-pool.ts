import { readWithoutGetters, declaresMethods, isObject } from '../../kernel/safe-property.js';
import type { PoolAnswer } from './pool-source.js';

/** An instance of `knex`. */
export interface Knex {
  /** The client, which has the pool. */
  client: unknown;
  /** Closes the pool; never called. */
  destroy(...args: never[]): unknown;
  /** Makes the pool; never called. */
  initialize(...args: never[]): unknown;
}

interface TarnPool {
  readonly max?: number;
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
}

/** Reads the pool of a `knex` instance; `undefined` for anything else. The pool may come and go. */
export function knexPoolSource(instance: unknown): (() => PoolAnswer) | undefined {
  const context = readWithoutGetters(instance, 'context');
  if (typeof instance !== 'function' || !isObject(context)) return undefined;
  const isKnex = declaresMethods(context, 'raw', 'transaction', 'initialize', 'destroy');
  return isKnex ? () => readKnexPool(readWithoutGetters(context, 'client')) : undefined;
}

function readKnexPool(client: unknown): PoolAnswer {
  const pool = readWithoutGetters(client, 'pool');
  return isTarnPool(pool) ? readTarnPool(pool) : undefined;
}

function isTarnPool(pool: unknown): pool is TarnPool {
  return isObject(pool) && declaresMethods(pool, 'numUsed', 'numFree', 'numPendingAcquires');
}

function readTarnPool(pool: TarnPool): PoolAnswer {
  const available = pool.numFree();
  return {
    size: pool.numUsed() + available,
    available,
    maxSize: pool.max,
    pending: pool.numPendingAcquires(),
  };
}
