import type { Checkpoint } from './position.js';
import type { ProjectionScope, Unreadable } from './projection-scope.js';

/** Answer of a checkpoint source for one scope. `null`: the projection has committed nothing yet. */
export type CheckpointAnswer = Checkpoint | Unreadable;

/**
 * Reads the committed checkpoints of projections. The library calls it right before the head source and under the same
 * rules: once per period for all projections that use it. A head source that also reads checkpoints makes a checkpoint
 * source unnecessary.
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
   * Reads the checkpoints of the scopes, which are passed without `checkpoint`.
   *
   * @param scopes - One or more scopes.
   * @param signal - Aborts when the time limit expires or the application shuts down.
   * @returns The answers by the `key` of the scope. A scope without an answer counts as unreadable. A vector contains
   * one checkpoint per partition.
   * @throws When nothing could be read. The error counts for every scope, and the next period retries.
   */
  read(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, CheckpointAnswer>>;
}
