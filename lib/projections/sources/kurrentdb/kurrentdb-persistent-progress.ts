import type { HeadAnswer, HeadReading, HeadSource } from '../../head-source.js';
import type { ProjectionScope } from '../../projection-scope.js';
import { answerRound, serverCount } from '../scope-answers.js';
import type { KurrentDbPosition } from './kurrentdb-reads.js';

/** Methods of a KurrentDB or EventStoreDB client that {@link KurrentDbPersistentProgress} calls. */
export interface KurrentDbGroups {
  /**
   * Lists the groups of all streams.
   *
   * @returns The states of the groups.
   */
  listAllPersistentSubscriptions(): Promise<readonly KurrentDbGroupState[]>;
}

/** State of one group, as reported by the server. */
export interface KurrentDbGroupState {
  /** Stream name, or `$all`. */
  readonly eventSource: string;
  /** Group name. */
  readonly groupName: string;
  /** Settings of the group. */
  readonly settings: {
    /** Start of the group. */
    readonly startFrom: unknown;
  };
  /** Progress of the group: revisions for a stream, positions for `$all`. */
  readonly stats: {
    readonly lastCheckpointedEventRevision?: bigint | undefined;
    readonly lastKnownEventRevision?: bigint | undefined;
    readonly lastCheckpointedEventPosition?: KurrentDbPosition | undefined;
    readonly lastKnownEventPosition?: KurrentDbPosition | undefined;
  };
}

/** Persistent subscription group that feeds one projection. */
export interface KurrentDbGroup {
  /** Stream name. @defaultValue all streams */
  readonly stream?: string;
  /** Group name. */
  readonly group: string;
}

const ALL = '$all';

/**
 * Reads the progress of persistent subscriptions of KurrentDB and EventStoreDB from the server, with one list of all
 * groups per period.
 *
 * The server writes the checkpoint of a group only periodically, so the reported lag can exceed the actual one.
 * Revisions count the events of stream groups. Positions in `$all` are byte offsets, so its events are not counted,
 * except for 0. Links in a group of `$ce-…` count as events.
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
   * @param client - Database client. The source does not dispose it.
   * @param groups - Groups by projection name.
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
  // The server does not report the start of a group that began at the end of its stream.
  if (checkpoint === undefined) return { head };
  // A restarted server knows no event before the next one arrives; the end is then at least the checkpoint.
  const end = head ?? checkpoint;
  const pending = head === null ? 0 : Number(head - (checkpoint ?? -1n));
  return { head, end, checkpoint, ...serverCount(scope, Math.max(0, pending)) };
}

function ofAll({ settings, stats }: KurrentDbGroupState): HeadReading {
  const head = stats.lastKnownEventPosition?.commit ?? null;
  const committed = stats.lastCheckpointedEventPosition?.commit;
  if (committed === undefined)
    return { head, ...(settings.startFrom === 'start' && { checkpoint: null }) };
  // The last known event is the last one that the filter of the group matched; the end of the log is unknown.
  return { head, end: committed, checkpoint: committed };
}

/** Returns the place before the start of a group without a checkpoint; `undefined` when unknown. */
function placeBefore(startFrom: unknown): bigint | null | undefined {
  if (startFrom === 'start') return null;
  if (typeof startFrom !== 'bigint') return undefined;
  return startFrom === 0n ? null : startFrom - 1n;
}
