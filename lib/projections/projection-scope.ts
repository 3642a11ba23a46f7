import type { EventFilter } from '../kernel/observer.js';
import type { Checkpoint, Position } from './position.js';

/** What a source is asked about: one projection, or one partition of it. */
export interface ProjectionScope {
  /** Stands for this scope in the answer; unique within one question, and not to be taken apart. */
  readonly key: string;
  /** Name of the projection: the value of `projection_name`. */
  readonly projection: string;
  /** Partition, when the application names the partitions of the projection itself. */
  readonly partition?: string;
  /** Which events the projection handles: heads and counts are those of these events alone. */
  readonly filter: EventFilter;
  /**
   * Checkpoint from which a head source counts: `null` when there is none yet and everything is unprocessed; a vector
   * has one for each partition, and a partition that it does not name has none yet. Left out when nobody knows it but,
   * perhaps, the source itself.
   */
  readonly checkpoint?: Checkpoint;
  /** Frozen end of the replay, while the projection is rebuilt. */
  readonly target?: Position;
}

/** The answer for one scope that could not be read, while others could. */
export class Unreadable {
  /** What went wrong. */
  readonly cause: unknown;

  /** @param cause - What went wrong: an error. */
  constructor(cause: unknown) {
    this.cause = cause;
  }
}
