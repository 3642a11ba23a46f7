import type { Checkpoint, ScalarPosition } from './position.js';
import type { ProjectionScope, Unreadable } from './projection-scope.js';

/** End of a log for one projection, or for one of its partitions. */
export interface HeadReading {
  /**
   * Position of the last event that matches the filter; `null` when no event matches. A store that cannot find this
   * event cheaply returns the last event of the log together with `pendingEvents`: 0 pending events mean caught up,
   * whatever the head.
   */
  readonly head: ScalarPosition | null;
  /**
   * Position of the last event in the whole log, whatever the filter; `null` when the log is empty. A checkpoint beyond
   * it belongs to another log, for example to the one before a backup was restored. A source that cannot tell passes
   * its checkpoint when that is later than `head`.
   *
   * @defaultValue `head` for a projection without a filter, otherwise unknown
   */
  readonly end?: ScalarPosition | null;
  /**
   * Number of matching events between the checkpoint and the head: an integer, 0 or more. Omit it when positions have
   * gaps and the source cannot count; never derive it from the difference of two positions with gaps.
   */
  readonly pendingEvents?: number;
  /**
   * Time at which the oldest pending event was recorded, in milliseconds since the Unix epoch. Omit it when unknown or
   * when no event is pending.
   */
  readonly oldestPendingMs?: number;
  /** Number of matching events between the checkpoint and the `target` of the scope. Omit it when unknown. */
  readonly pendingToTarget?: number;
  /**
   * Checkpoint that the source read in the same snapshot as the head and counted from; `null` when none exists yet. It
   * replaces the checkpoint of the scope.
   */
  readonly checkpoint?: Checkpoint;
}

/** Ends of the log by partition, for a source that knows the partitions and their names. */
export interface PartitionedReading {
  /** Readings by partition name. The lag of the projection is the largest of them. */
  readonly partitions: ReadonlyMap<string, HeadReading>;
}

/** Answer of a head source for one scope. */
export type HeadAnswer = HeadReading | PartitionedReading | Unreadable;

/**
 * Reads the end of the log for projections. The library calls it in the background, once per period for all projections
 * that use it, never concurrently, and within a time limit. One query should answer for all scopes.
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
   * @param scopes - One or more scopes.
   * @param signal - Aborts when the time limit expires or the application shuts down.
   * @returns The answers by the `key` of the scope. A scope without an answer counts as unreadable.
   * @throws When nothing could be read. The error counts for every scope, and the next period retries.
   */
  observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>>;
}
