import { declaresMethods, isObject, readWithoutGetters } from '../../kernel/safe-property.js';
import type { PoolAnswer } from './pool-source.js';

/** An instance of `knex`. */
export interface KnexLike {
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

/** An instance of `MikroORM` 6 whose driver speaks SQL. */
export interface MikroOrmLike {
  /** The entity manager; never used. */
  readonly em: unknown;
  /** Connects; never called. */
  connect(...args: never[]): unknown;
  /** Whether it is connected; never called. */
  isConnected(...args: never[]): unknown;
}

/** Reads the pool of a `MikroORM` instance; `undefined` for anything else. It has one from the first query on. */
export function mikroOrmPoolSource(instance: unknown): (() => PoolAnswer) | undefined {
  if (!isObject(instance) || !declaresMethods(instance, 'isConnected', 'getMetadata', 'close')) {
    return undefined;
  }
  const driver = readWithoutGetters(instance, 'driver');
  const isDriver = isObject(driver) && declaresMethods(driver, 'createEntityManager');
  return isDriver ? () => readDriver(driver) : undefined;
}

function readDriver(driver: object): PoolAnswer {
  // Its own getKnex() would make the pool that is asked for.
  const knex = readWithoutGetters(readWithoutGetters(driver, 'connection'), 'client');
  return knexPoolSource(knex)?.();
}
