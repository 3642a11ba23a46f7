import type { EventFilter } from '../kernel/observer.js';
import type { CheckpointSource } from './checkpoint-source.js';
import type { HeadSource } from './head-source.js';

/** How one projection is observed. */
export interface ProjectionSettings {
  /** Tells where the log ends. Without it there is only what the handlers say. */
  readonly head?: HeadSource | undefined;
  /** Tells what is committed. Without it there is what the application says, or the head source reads it. */
  readonly checkpoint?: CheckpointSource | undefined;
  /** Partitions that the application itself divides the projection into. @defaultValue those that a source knows */
  readonly partitions?: readonly string[] | undefined;
  /** Events that the projection handles. @defaultValue all */
  readonly filter?: EventFilter | undefined;
  /**
   * Milliseconds without an event after which a projection without a head source counts as having applied all, above 0.
   *
   * @defaultValue 60000
   */
  readonly idleAfterMs?: number | undefined;
  /**
   * Milliseconds behind at one checkpoint, or without a poll, after which a projection is stalled, above 0.
   *
   * @defaultValue 60000
   */
  readonly stalledAfterMs?: number | undefined;
  /** Whether this process owns the projection now, when several could. @defaultValue it does */
  readonly owner?: (() => boolean) | undefined;
}

/** Default of `idleAfterMs` and `stalledAfterMs`. */
export const DEFAULT_LIMIT_MS = 60_000;
