import type { Checkpoint, ScalarPosition } from './position.js';
import type { ProjectionScope, Unreadable } from './projection-scope.js';

/** Where a log ends for one projection, or for one partition of it. */
export interface HeadReading {
  /**
   * Position of the last event that matches the filter; `null` when no event matches. A store that cannot find that one
   * cheaply answers the last event of all, and then gives `pendingEvents`: 0 of them means caught up, wherever the head is.
   */
  readonly head: ScalarPosition | null;
  /**
   * Number of matching events behind the checkpoint, up to the head: a whole number of 0 or more. Left out when
   * positions have gaps and the source cannot count; it is never a difference of gapped positions.
   */
  readonly pendingEvents?: number;
  /** When the oldest of those events was recorded, milliseconds since the Unix epoch. Left out when unknown or when there is none. */
  readonly oldestPendingMs?: number;
  /** Number of matching events behind the checkpoint, up to `target` of the scope. Left out when unknown. */
  readonly pendingToTarget?: number;
  /**
   * Checkpoint that the source read itself, in the same snapshot as the head, and counted from; `null` when there is
   * none yet. It takes the place of the checkpoint of the scope.
   */
  readonly checkpoint?: Checkpoint;
}

/** Where the log ends in each partition; the source knows which there are, and their names. */
export interface PartitionedReading {
  /** Readings by the name of the partition; the projection's lag is the largest among them. */
  readonly partitions: ReadonlyMap<string, HeadReading>;
}

/** The answer of a head source for one scope. */
export type HeadAnswer = HeadReading | PartitionedReading | Unreadable;

/**
 * Tells where the log ends for projections. It is asked in the background, once per period for all projections that
 * name it, never twice at a time, and within a time limit; one query should answer for all.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import type {
 *   HeadAnswer,
 *   HeadSource,
 *   ProjectionScope,
 * } from '@eventcore/nestjs-observability/projections';
 *
 * @Injectable()
 * export class LogHead implements HeadSource {
 *   readonly #log: { lastPosition(signal: AbortSignal): Promise<number> };
 *
 *   constructor(log: { lastPosition(signal: AbortSignal): Promise<number> }) {
 *     this.#log = log;
 *   }
 *
 *   async observe(scopes: readonly ProjectionScope[], signal: AbortSignal) {
 *     const head = await this.#log.lastPosition(signal);
 *     return new Map<string, HeadAnswer>(scopes.map(({ key }) => [key, { head }]));
 *   }
 * }
 * ```
 */
export interface HeadSource {
  /**
   * Reads the heads.
   *
   * @param scopes - At least one.
   * @param signal - Aborted when the time limit has passed or the application shuts down.
   * @returns The answers by `key` of the scope; a scope without one counts as unreadable.
   * @throws When nothing could be read. It is counted for every scope, and the next attempt comes later.
   */
  observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>>;
}
