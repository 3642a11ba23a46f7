import type { HeadAnswer, HeadReading, HeadSource } from '../../head-source.js';
import type { ProjectionScope } from '../../projection-scope.js';
import { answerRound, serverCount } from '../scope-answers.js';
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

const ALL = '$all';

/**
 * Progress of persistent subscriptions of KurrentDB and EventStoreDB, as the server keeps it: one list of all groups per period.
 *
 * The server writes the checkpoint of a group only now and then, so that fewer events may be left than shown.
 * Groups of a stream are counted by revisions. Positions of all streams are
 * bytes: there is no number of events, except 0. Links of a group of `$ce-…` count as events.
 *
 * @example
 * ```ts
 * import {
 *   KurrentDbPersistentProgress,
 *   type KurrentDbGroups,
 * } from '@eventcore/nestjs-observability/projections';
 *
 * export const progressOf = (client: KurrentDbGroups) =>
 *   new KurrentDbPersistentProgress(client, {
 *     order_summary: { stream: '$ce-order', group: 'order-summary' },
 *   });
 * ```
 */
export class KurrentDbPersistentProgress implements HeadSource {
  readonly #client: KurrentDbGroups;
  readonly #groups: Readonly<Record<string, KurrentDbGroup>>;

  /**
   * @param client - Client of the database; it is not closed here.
   * @param groups - Groups by the name of the projection.
   */
  constructor(client: KurrentDbGroups, groups: Readonly<Record<string, KurrentDbGroup>>) {
    this.#client = client;
    this.#groups = groups;
  }

  /** {@inheritDoc HeadSource.observe} */
  observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    const round = { scopes, signal, followed: this.#groups };
    return answerRound(round, async ({ scope, followed: { stream = ALL, group }, once }) => {
      const states = await once([], () => this.#client.listAllPersistentSubscriptions());
      const state = states.find((it) => it.eventSource === stream && it.groupName === group);
      if (state === undefined) throw new RangeError(`${stream} has no group ${group}`);
      return stream === ALL ? ofAll(state) : ofStream(state, scope);
    });
  }
}

function ofStream({ settings, stats }: KurrentDbGroupState, scope: ProjectionScope): HeadReading {
  const head = stats.lastKnownEventRevision ?? null;
  const checkpoint = stats.lastCheckpointedEventRevision ?? placeBefore(settings.startFrom);
  // Where a group began that follows from the end of its stream is not told.
  if (checkpoint === undefined) return { head };
  const pending = head === null ? 0 : Number(head - (checkpoint ?? -1n));
  return { head, checkpoint, ...serverCount(scope, Math.max(0, pending)) };
}

function ofAll({ settings, stats }: KurrentDbGroupState): HeadReading {
  const head = stats.lastKnownEventPosition?.commit ?? null;
  const committed = stats.lastCheckpointedEventPosition?.commit;
  if (committed === undefined)
    return { head, ...(settings.startFrom === 'start' && { checkpoint: null }) };
  return { head, checkpoint: committed };
}

/** The place before the one that a group without a checkpoint begins at; `undefined` when it is unknown. */
function placeBefore(startFrom: unknown): bigint | null | undefined {
  if (startFrom === 'start') return null;
  if (typeof startFrom !== 'bigint') return undefined;
  return startFrom === 0n ? null : startFrom - 1n;
}
