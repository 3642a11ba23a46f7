import { readWithoutGetters, declaresMethods, isObject } from '../../kernel/hooks.js';
import type { PoolAnswer } from './pool-source.js';
import { mysqlPoolSource } from './mysql-pool.js';
import { pgPoolSource } from './pg-pool.js';

/** TypeORM `DataSource`. */
export interface TypeOrmDataSource {
  /** True while connected. */
  readonly isInitialized: boolean;
  /** Driver that owns the pool. */
  readonly driver: unknown;
  /** Connects; never called by this library. */
  initialize(): unknown;
}

/**
 * Returns a reader of the pool of a TypeORM `DataSource` on PostgreSQL or MySQL; `undefined` for any other value. With
 * replication, it reads the pool of the primary. The pool exists while the data source is connected.
 */
export function typeOrmPoolSource(instance: unknown): (() => PoolAnswer) | undefined {
  const isDataSource =
    isObject(instance) &&
    typeof readWithoutGetters(instance, 'isInitialized') === 'boolean' &&
    declaresMethods(instance, 'initialize', 'createQueryRunner') &&
    isObject(readWithoutGetters(instance, 'driver'));
  return isDataSource ? () => readDriver(readWithoutGetters(instance, 'driver')) : undefined;
}

function readDriver(driver: unknown): PoolAnswer {
  const source =
    pgPoolSource(readWithoutGetters(driver, 'master')) ??
    mysqlPoolSource(readWithoutGetters(driver, 'pool'));
  const answer = source?.();
  // The data source may reconnect with another pool.
  return answer === 'ended' ? undefined : answer;
}
