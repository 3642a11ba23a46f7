import type { EventFilter } from '../kernel/observer.js';
import { sharedSymbol } from '../kernel/peers/process-state.js';
import type { Checkpoint, Position } from './position.js';

/** Subject of a query to a source: one projection, or one partition of it. */
export interface ProjectionScope {
  /** Identifies this scope in the answer. Unique within one query, and opaque. */
  readonly key: string;
  /** Name of the projection: the value of `projection_name`. */
  readonly projection: string;
  /** Partition, when the application declares the partitions of the projection itself. */
  readonly partition?: string;
  /** Events that the projection handles. Heads and counts cover only these events. */
  readonly filter: EventFilter;
  /**
   * Checkpoint from which a head source counts. `null`: none exists yet, and every event is unprocessed. A vector
   * contains one checkpoint per partition; a partition that it does not name has none yet. Omitted when only the source
   * itself may know it.
   */
  readonly checkpoint?: Checkpoint;
  /** Fixed end of the replay, while the projection is being rebuilt. */
  readonly target?: Position;
}

const UNREADABLE: unique symbol = sharedSymbol('unreadable') as never;

/** Answer for one scope that could not be read although others could. */
export class Unreadable {
  /** Cause of the failure. */
  readonly cause: unknown;
  /** @internal Mark of the instances of every copy of this package. */
  readonly [UNREADABLE] = true;

  /** @param cause - Cause of the failure: an error. */
  constructor(cause: unknown) {
    this.cause = cause;
  }

  /** Recognizes the instances of every copy of this package. */
  static [Symbol.hasInstance](answer: unknown): answer is Unreadable {
    return (answer as Partial<Unreadable> | null | undefined)?.[UNREADABLE] === true;
  }
}

/** Returns true when the projection handles only some of the events. */
export function isFiltered({ filter }: { readonly filter?: EventFilter | undefined }): boolean {
  return filter?.eventTypes !== undefined || filter?.categories !== undefined;
}
