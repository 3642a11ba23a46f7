import { readWithoutGetters, declaresMethods, isObject } from '../../kernel/safe-property.js';
import type { PoolAnswer } from './pool-source.js';
import { mysqlPoolSource } from './mysql-pool.js';
import { pgPoolSource } from './pg-pool.js';

/** A `DataSource` of TypeORM. */
export interface TypeOrmDataSource {
  /** Whether it is connected. */
  readonly isInitialized: boolean;
  /** The driver, which has the pool. */
  readonly driver: unknown;
  /** Connects; never called. */
  initialize(): unknown;
}

/**
 * Reads the pool of a TypeORM `DataSource` on PostgreSQL or MySQL, with replication that of the primary; `undefined` for
 * anything else. It has one while it is connected.
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
  // The data source may be connected again, with another pool.
  return answer === 'ended' ? undefined : answer;
}
