import type { HeadAnswer, HeadReading, HeadSource } from '../../head-source.js';
import type { Checkpoint } from '../../position.js';
import type { ProjectionScope } from '../../projection-scope.js';
import { answerRound, type FollowedScope, isFiltered } from '../scope-answers.js';
import {
  type KurrentDbEvent,
  type KurrentDbFilter,
  type KurrentDbReads,
  type KurrentDbResolvedEvent,
  type KurrentDbSubscription,
  logFilterOf,
} from './kurrentdb-reads.js';

type FollowedSubscription = FollowedScope<KurrentDbSubscription>;

/**
 * Progress of catch-up subscriptions of KurrentDB and EventStoreDB. The application keeps their checkpoints, and says them or
 * has a checkpoint source for them: the revision of the last handled event of a stream, or `position.commit` of the last handled
 * event of all streams, as bigint.
 *
 * Revisions of a stream are dense, so that events are counted. Positions of all streams are bytes: there the number of events is
 * left out, and the lag in seconds is the age of the first event after the checkpoint that matches; a filter that matches next to
 * nothing makes the server search its log for that. A stream has no filter. Each log is read once for all
 * projections that follow it, and once more for each distinct checkpoint that is behind.
 *
 * @example
 * ```ts
 * import {
 *   KurrentDbCatchUpProgress,
 *   type KurrentDbReads,
 * } from '@eventcore/nestjs-observability/projections';
 *
 * export const progressOf = (client: KurrentDbReads) =>
 *   new KurrentDbCatchUpProgress(client, { order_summary: { stream: '$ce-order' }, audit: {} });
 * ```
 */
export class KurrentDbCatchUpProgress implements HeadSource {
  readonly #client: KurrentDbReads;
  readonly #subscriptions: Readonly<Record<string, KurrentDbSubscription>>;

  /**
   * @param client - Client of the database; it is not closed here.
   * @param subscriptions - What is followed, by the name of the projection.
   */
  constructor(
    client: KurrentDbReads,
    subscriptions: Readonly<Record<string, KurrentDbSubscription>>,
  ) {
    this.#client = client;
    this.#subscriptions = subscriptions;
  }

  /** {@inheritDoc HeadSource.observe} */
  observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    return answerRound({ scopes, signal, followed: this.#subscriptions }, (it) =>
      it.followed.stream === undefined ? this.#ofAll(it) : this.#ofStream(it.followed.stream, it),
    );
  }

  async #ofStream(stream: string, { scope, once }: FollowedSubscription): Promise<HeadReading> {
    const last = await once(['end', stream], () => this.#edge(stream, 'end'));
    if (last === undefined) return { head: null, pendingEvents: 0 };
    const head = last.revision;
    // A checkpoint at the last event that matched stays below the last event of all for ever.
    if (isFiltered(scope)) throw new RangeError(`nobody filters ${stream}: follow all streams`);
    if (scope.checkpoint === undefined) return { head };
    const next = placeOf(scope.checkpoint) + 1n;
    if (next > head) return { head, pendingEvents: 0 };
    // What was truncated from the beginning of the stream is not left to be handled.
    const first = await once(['from', stream, next], () => this.#edge(stream, next));
    if (first === undefined) return { head };
    const pendingEvents = Number(head - first.revision) + 1;
    const oldestPendingMs = first.created.getTime();
    return { head, pendingEvents, oldestPendingMs };
  }

  async #ofAll({ scope, followed, once }: FollowedSubscription): Promise<HeadReading> {
    const { filter = logFilterOf(scope.filter) } = followed;
    const last = await once(['end of all', filter], () => this.#last(filter));
    if (last === undefined) return { head: null, pendingEvents: 0 };
    const head = commitOf(last);
    if (scope.checkpoint === undefined) return { head };
    const place = placeOf(scope.checkpoint);
    if (place >= head) return { head, pendingEvents: 0 };
    const first = await once(['from all', filter, place], () => this.#after(place, filter));
    return first === undefined ? { head } : { head, oldestPendingMs: first.created.getTime() };
  }

  /** The event at the end of a stream, or the first one from a revision on. */
  async #edge(stream: string, from: bigint | 'end'): Promise<KurrentDbEvent | undefined> {
    const direction = from === 'end' ? 'backwards' : 'forwards';
    const options = { direction, fromRevision: from, maxCount: 1 } as const;
    try {
      for await (const event of this.#client.readStream(stream, options)) return placed(event);
    } catch (error) {
      // The first event of a stream makes it.
      if (!isNoStream(error)) throw error;
    }
    return undefined;
  }

  async #last(filter: KurrentDbFilter): Promise<KurrentDbEvent | undefined> {
    const options = { direction: 'backwards', fromPosition: 'end', maxCount: 1, filter } as const;
    for await (const event of this.#client.readAll(options)) return placed(event);
    return undefined;
  }

  /** The first event that matches after a place; the event at the place itself comes first. */
  async #after(place: bigint, filter: KurrentDbFilter): Promise<KurrentDbEvent | undefined> {
    const fromPosition = place < 0n ? 'start' : { commit: place, prepare: place };
    const options = { direction: 'forwards', fromPosition, maxCount: 2, filter } as const;
    for await (const event of this.#client.readAll(options)) {
      const found = placed(event);
      if (found !== undefined && commitOf(found) > place) return found;
    }
    return undefined;
  }
}

function placed({ link, event }: KurrentDbResolvedEvent): KurrentDbEvent | undefined {
  return link ?? event;
}

function commitOf({ position }: KurrentDbEvent): bigint {
  if (position === undefined) throw new TypeError('an event of all streams has no position');
  return position.commit;
}

/** -1 for the place before the first event. */
function placeOf(checkpoint: Checkpoint): bigint {
  if (checkpoint === null) return -1n;
  if (typeof checkpoint === 'bigint') return checkpoint;
  if (typeof checkpoint === 'number' && Number.isSafeInteger(checkpoint)) return BigInt(checkpoint);
  if (typeof checkpoint === 'string' && /^\d+$/.test(checkpoint)) return BigInt(checkpoint);
  throw new TypeError('a checkpoint of KurrentDB is a revision or a commit position');
}

function isNoStream(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'stream-not-found';
}
