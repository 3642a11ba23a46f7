import type { Checkpoint } from './position.js';
import type { ProjectionScope, Unreadable } from './projection-scope.js';

/** The answer of a checkpoint source for one scope: `null` when the projection has committed nothing yet. */
export type CheckpointAnswer = Checkpoint | Unreadable;

/**
 * Tells what projections have committed. It is asked right before the head source, under the same rules: once per period
 * for all projections that name it. A head source that reads checkpoints itself makes it needless.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import type {
 *   CheckpointAnswer,
 *   CheckpointSource,
 *   ProjectionScope,
 * } from '@eventcore/nestjs-observability/projections';
 *
 * @Injectable()
 * export class Checkpoints implements CheckpointSource {
 *   readonly committed = new Map<string, number>();
 *
 *   async read(scopes: readonly ProjectionScope[]) {
 *     return new Map<string, CheckpointAnswer>(
 *       scopes.map(({ key, projection }) => [key, this.committed.get(projection) ?? null]),
 *     );
 *   }
 * }
 * ```
 */
export interface CheckpointSource {
  /**
   * Reads the checkpoints; `checkpoint` of the scopes is left out.
   *
   * @param scopes - At least one.
   * @param signal - Aborted when the time limit has passed or the application shuts down.
   * @returns The answers by `key` of the scope; a scope without one counts as unreadable. A vector is one checkpoint per
   * partition.
   * @throws When nothing could be read. It is counted for every scope, and the next attempt comes later.
   */
  read(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, CheckpointAnswer>>;
}
