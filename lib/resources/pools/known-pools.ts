import { isObject } from '../../kernel/hooks.js';
import {
  type KnexLike,
  knexPoolSource,
  type MikroOrmLike,
  mikroOrmPoolSource,
} from './knex-pool.js';
import { type MysqlPool, mysqlPoolSource } from './mysql-pool.js';
import { type PgPool, pgPoolSource } from './pg-pool.js';
import type { BackgroundPoolSource, PoolAnswer, PoolSource } from './pool-source.js';
import { type PrismaClientWithMetrics, prismaPoolSource } from './prisma-pool.js';
import { type TypeOrmDataSource, typeOrmPoolSource } from './typeorm-pool.js';

/**
 * Pools that need no adapter: of `pg`, `mysql2`, TypeORM, Knex, MikroORM 6, and Prisma up to 6.13 with its preview
 * feature `metrics`.
 */
export type KnownPool =
  PgPool | MysqlPool | TypeOrmDataSource | KnexLike | MikroOrmLike | PrismaClientWithMetrics;

/** Reads a pool. */
export type ReadPool = () => PoolAnswer;

const recognisers: readonly ((instance: unknown) => ReadPool | undefined)[] = [
  pgPoolSource,
  typeOrmPoolSource,
  knexPoolSource,
  mikroOrmPoolSource,
  mysqlPoolSource,
];

/**
 * Returns a reader of a pool of a known library, without running the code of the instance; `undefined` for any other
 * value.
 */
export function recognisePool(instance: unknown): ReadPool | undefined {
  for (const recognise of recognisers) {
    const read = recognise(instance);
    if (read !== undefined) return read;
  }
  return undefined;
}

/** Returns a reader of a pool that the application registers; `undefined` for any other value. */
export function readingOf(
  pool: PoolSource | BackgroundPoolSource | KnownPool,
): ReadPool | BackgroundPoolSource | undefined {
  const known = recognisePool(pool);
  if (known !== undefined || !isObject(pool)) return known;
  if (typeof pool === 'function') return pool as ReadPool;
  try {
    if ('observe' in pool) return pool;
    if ('size' in pool && 'available' in pool) return () => pool;
    return prismaPoolSource(pool);
  } catch {
    // A proxy that does not tell its keys.
    return undefined;
  }
}
