import type { Position } from './position.js';
import type { ProjectionState } from './model/projection-state.js';

/** Readings of a source that fail. */
export interface ReadFailure {
  /** Source that does not answer. */
  readonly source: 'head' | 'checkpoint';
  /** Name and code of the last error, without its message, such as `Error ECONNREFUSED`. */
  readonly error: string;
  /** Time of the first failed reading after the last answer, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
}

/** Progress of a projection. Unknown values are `undefined`. */
export interface ProjectionProgress {
  /** Name of the projection. */
  readonly name: string;
  /** Current state. */
  readonly state: ProjectionState;
  /** True when this process owns the projection. Otherwise another process publishes its progress. */
  readonly owned: boolean;
  /** Age of the oldest unprocessed event in seconds, 0 or more; 0 when everything is applied. */
  readonly lagSeconds?: number | undefined;
  /** Number of unprocessed events, 0 or more; the maximum over all partitions. */
  readonly lagEvents?: number | undefined;
  /** Last committed position; one per partition if the projection has several. */
  readonly position?: Position | undefined;
  /** End of the log; `undefined` while the log has no matching event. */
  readonly headPosition?: Position | undefined;
  /** Time at which this process last applied an event, in milliseconds since the Unix epoch. */
  readonly lastProcessedMs?: number | undefined;
  /** Time of the last head reading, in milliseconds since the Unix epoch. */
  readonly headObservedMs?: number | undefined;
  /** True when a configured source has not reported progress for three periods. */
  readonly unreadable: boolean;
  /**
   * Failure of the last reading. It is known with the first reading that fails, before the progress counts as
   * unreadable.
   */
  readonly readFailure?: ReadFailure | undefined;
  /**
   * True when the checkpoint lies beyond the end of the log: a backup was restored, or the log was recreated. The lag is
   * then unknown, and the state is `faulted`.
   */
  readonly beyondEnd?: boolean | undefined;
  /** True when the projection is behind and has not moved, or has not polled, for longer than its limit. */
  readonly stalled: boolean;
  /**
   * Time at which the handler of the projection gave up, or at which this fault ended, in milliseconds since the Unix epoch.
   * Without a head source, a fault ends with the next success, or a minute after the last failure.
   */
  readonly faultChangedMs?: number | undefined;
  /** Completed share of the running rebuild, 0 to 1. */
  readonly rebuildRatio?: number | undefined;
  /** Estimated remaining time of the running rebuild at its mean speed, in seconds. */
  readonly rebuildRemainingSeconds?: number | undefined;
}
