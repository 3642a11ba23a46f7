import type { Position } from './position.js';
import type { ProjectionState } from './model/projection-state.js';

/** How far a projection is. What is unknown is left out. */
export interface ProjectionProgress {
  /** Name of the projection. */
  readonly name: string;
  /** What it is doing. */
  readonly state: ProjectionState;
  /** Whether this process owns it: another one publishes what it does otherwise. */
  readonly owned: boolean;
  /** Age of the oldest unprocessed event in seconds, 0 or more; 0 when everything is applied. */
  readonly lagSeconds?: number | undefined;
  /** Unprocessed events, 0 or more; the most of any partition. */
  readonly lagEvents?: number | undefined;
  /** Last committed position: one per partition, if there are several. */
  readonly position?: Position | undefined;
  /** Where the log ends; only when there is one. */
  readonly headPosition?: Position | undefined;
  /** When an event was last applied in this process, milliseconds since the Unix epoch. */
  readonly lastProcessedMs?: number | undefined;
  /** When the head was last read, milliseconds since the Unix epoch. */
  readonly headObservedMs?: number | undefined;
  /** Whether a source that should tell how far the projection is has not done so for three periods. */
  readonly unreadable: boolean;
  /** Whether it is behind and has not moved, or has not polled, for longer than its limit. */
  readonly stalled: boolean;
  /** Done share of a rebuild under way, 0 to 1. */
  readonly rebuildRatio?: number | undefined;
  /** Seconds that a rebuild under way still takes at its mean speed. */
  readonly rebuildRemainingSeconds?: number | undefined;
}
