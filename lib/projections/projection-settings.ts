import type { EventFilter } from '../kernel/observer.js';
import type { CheckpointSource } from './checkpoint-source.js';
import type { HeadSource } from './head-source.js';

/** Settings for the observation of one projection. */
export interface ProjectionSettings {
  /** Reads the end of the log. Without it, progress is derived from the handlers alone. */
  readonly head?: HeadSource | undefined;
  /**
   * Reads the committed checkpoint. Without it, the application reports the checkpoint, or the head source reads it.
   */
  readonly checkpoint?: CheckpointSource | undefined;
  /**
   * Partitions into which the application divides the projection. @defaultValue the partitions that a source reports
   */
  readonly partitions?: readonly string[] | undefined;
  /** Events that the projection handles. @defaultValue all events */
  readonly filter?: EventFilter | undefined;
  /**
   * Milliseconds without an event after which a projection without a head source counts as caught up, above 0.
   *
   * @defaultValue 60000
   */
  readonly idleAfterMs?: number | undefined;
  /**
   * Milliseconds behind at one checkpoint, or without a poll, after which a projection counts as stalled, above 0.
   *
   * @defaultValue 60000
   */
  readonly stalledAfterMs?: number | undefined;
  /** Returns true while this process owns the projection, when several processes could. @defaultValue always true */
  readonly owner?: (() => boolean) | undefined;
}

/** Default of `idleAfterMs` and `stalledAfterMs`. */
export const DEFAULT_LIMIT_MS = 60_000;
