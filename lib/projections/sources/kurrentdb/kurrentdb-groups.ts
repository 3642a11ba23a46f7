import type { KurrentDbPosition } from './kurrentdb-reads.js';

/** What is used of a client of KurrentDB or EventStoreDB to see persistent subscriptions. */
export interface KurrentDbGroups {
  /**
   * Lists all groups of all streams.
   *
   * @returns Their states.
   */
  listAllPersistentSubscriptions(): Promise<readonly KurrentDbGroupState[]>;
}

/** State of one group, as the server tells it. */
export interface KurrentDbGroupState {
  /** Name of the stream, or `$all`. */
  readonly eventSource: string;
  /** Name of the group. */
  readonly groupName: string;
  /** How the group was made. */
  readonly settings: {
    /** Where it begins. */
    readonly startFrom: unknown;
  };
  /** How far it is: in revisions for a stream, in positions for all of them. */
  readonly stats: {
    readonly lastCheckpointedEventRevision?: bigint | undefined;
    readonly lastKnownEventRevision?: bigint | undefined;
    readonly lastCheckpointedEventPosition?: KurrentDbPosition | undefined;
    readonly lastKnownEventPosition?: KurrentDbPosition | undefined;
  };
}

/** The group that is one projection. */
export interface KurrentDbGroup {
  /** Name of the stream. @defaultValue all streams */
  readonly stream?: string;
  /** Name of the group. */
  readonly group: string;
}
