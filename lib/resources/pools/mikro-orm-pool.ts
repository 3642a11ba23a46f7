import { readWithoutGetters, declaresMethods, isObject } from '../../kernel/safe-property.js';
import type { PoolAnswer } from './pool-source.js';
import { knexPoolSource } from './knex-pool.js';

/** An instance of `MikroORM` 6 whose driver speaks SQL. */
export interface MikroOrm {
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
