import { declaresMethods, isObject, readWithoutGetters } from '../../kernel/hooks.js';
import type { PoolAnswer } from './pool-source.js';

/** Instance of `knex`. */
export interface KnexLike {
  /** Client that owns the pool. */
  client: unknown;
  /** Closes the pool; never called by this library. */
  destroy(...args: never[]): unknown;
  /** Creates the pool; never called by this library. */
  initialize(...args: never[]): unknown;
}

interface TarnPool {
  readonly max?: number;
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
}

/**
 * Returns a reader of the pool of a `knex` instance; `undefined` for any other value. The pool may be created and
 * destroyed later.
 */
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

/** Instance of `MikroORM` 6 with an SQL driver. */
export interface MikroOrmLike {
  /** Entity manager; never used by this library. */
  readonly em: unknown;
  /** Connects; never called by this library. */
  connect(...args: never[]): unknown;
  /** Returns the connection state; never called by this library. */
  isConnected(...args: never[]): unknown;
}

/**
 * Returns a reader of the pool of a `MikroORM` instance; `undefined` for any other value. The pool exists from the
 * first query on.
 */
export function mikroOrmPoolSource(instance: unknown): (() => PoolAnswer) | undefined {
  if (!isObject(instance) || !declaresMethods(instance, 'isConnected', 'getMetadata', 'close')) {
    return undefined;
  }
  const driver = readWithoutGetters(instance, 'driver');
  const isDriver = isObject(driver) && declaresMethods(driver, 'createEntityManager');
  return isDriver ? () => readDriver(driver) : undefined;
}

function readDriver(driver: object): PoolAnswer {
  // Calling getKnex() of the connection would create the pool.
  const knex = readWithoutGetters(readWithoutGetters(driver, 'connection'), 'client');
  return knexPoolSource(knex)?.();
}
