/**
 * Database queries by operation: of `pg`, TypeORM, Mongoose, the MongoDB driver and Prisma.
 *
 * @packageDocumentation
 */

export { DatabaseQueries, type OwnQuery } from './database-queries.js';
export type { DatabasesOptions } from './databases-options.js';
export { databases } from './databases-plugin.js';
export type { PrismaExtension, PrismaQuery } from './prisma-queries.js';
