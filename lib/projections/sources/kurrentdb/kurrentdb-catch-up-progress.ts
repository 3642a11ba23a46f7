import type { HeadAnswer, HeadReading, HeadSource } from '../../head-source.js';
import type { Checkpoint } from '../../position.js';
import { isFiltered, type ProjectionScope } from '../../projection-scope.js';
import { answerRound, type FollowedScope } from '../scope-answers.js';
import {
  eventsUntil,
  type KurrentDbEvent,
  type KurrentDbFilter,
  type KurrentDbReads,
  type KurrentDbResolvedEvent,
  type KurrentDbSubscription,
  logFilterOf,
} from './kurrentdb-reads.js';

/** Matches events of the system too. */
const EVERYTHING: KurrentDbFilter = { filterOn: 'eventType', checkpointInterval: 1, regex: '.*' };

type FollowedSubscription = FollowedScope<KurrentDbSubscription>;

/**
 * Reads the progress of catch-up subscriptions of KurrentDB and EventStoreDB. The application stores their checkpoints
 * and reports them, directly or through a checkpoint source. A checkpoint is a bigint: the revision of the last handled
 * event of a stream, or the `position.commit` of the last handled event of all streams.
 *
 * Stream revisions have no gaps, so events of a stream are counted. Positions in `$all` are byte offsets, so its events
 * are not counted. The lag in seconds is the age of the first matching event after the checkpoint; a filter that
 * matches very few events makes the server scan its log for that event. A stream takes no filter. Each log is read once
 * for all projections that follow it, and once more for each distinct checkpoint that is behind.
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
   * @param client - Database client. The source does not dispose it.
   * @param subscriptions - Subscriptions by projection name.
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
    const reads = new Reads(this.#client, signal);
    return answerRound({ scopes, signal, followed: this.#subscriptions }, (it) =>
      it.followed.stream === undefined ? reads.ofAll(it) : reads.ofStream(it.followed.stream, it),
    );
  }
}

/** Reads of one round, which end with its signal. */
class Reads {
  readonly #client: KurrentDbReads;
  readonly #signal: AbortSignal;

  constructor(client: KurrentDbReads, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  async ofStream(stream: string, { scope, once }: FollowedSubscription): Promise<HeadReading> {
    const last = await once(['end', stream], () => this.#edge(stream, 'end'));
    if (last === undefined) return { head: null, pendingEvents: 0 };
    const head = last.revision;
    // With a filter, the checkpoint would stay below the last event of the stream forever.
    if (isFiltered(scope))
      throw new RangeError(
        `a subscription to ${stream} cannot filter events: subscribe to all streams instead`,
      );
    if (scope.checkpoint === undefined) return { head };
    const next = placeOf(scope.checkpoint) + 1n;
    if (next > head) return { head, pendingEvents: 0 };
    // Events truncated from the beginning of the stream are not pending.
    const first = await once(['from', stream, next], () => this.#edge(stream, next));
    if (first === undefined) return { head };
    const pendingEvents = Number(head - first.revision) + 1;
    const oldestPendingMs = first.created.getTime();
    return { head, pendingEvents, oldestPendingMs };
  }

  async ofAll({ scope, followed, once }: FollowedSubscription): Promise<HeadReading> {
    const { filter = logFilterOf(scope.filter) } = followed;
    const last = await once(['end of all', filter], () => this.#last(filter));
    const head = last === undefined ? null : commitOf(last);
    if (scope.checkpoint === undefined) return { head };
    const place = placeOf(scope.checkpoint);
    if (head === null || place >= head) {
      // A checkpoint beyond the last match may have passed events that do not match.
      const end = await once(['end of everything'], () => this.#last(EVERYTHING));
      return { head, end: end === undefined ? null : commitOf(end), pendingEvents: 0 };
    }
    const first = await once(['from all', filter, place], () => this.#after(place, filter));
    return first === undefined ? { head } : { head, oldestPendingMs: first.created.getTime() };
  }

  /** Returns the last event of a stream, or the first one from a revision on. */
  async #edge(stream: string, from: bigint | 'end'): Promise<KurrentDbEvent | undefined> {
    const direction = from === 'end' ? 'backwards' : 'forwards';
    const options = { direction, fromRevision: from, maxCount: 1 } as const;
    try {
      const events = this.#client.readStream(stream, options);
      for await (const event of eventsUntil(this.#signal, events)) return placed(event);
    } catch (error) {
      // A stream does not exist before its first event.
      if (!isNoStream(error)) throw error;
    }
    return undefined;
  }

  async #last(filter: KurrentDbFilter): Promise<KurrentDbEvent | undefined> {
    const options = { direction: 'backwards', fromPosition: 'end', maxCount: 1, filter } as const;
    const events = eventsUntil(this.#signal, this.#client.readAll(options));
    for await (const event of events) return placed(event);
    return undefined;
  }

  /** Returns the first matching event after a place. The read starts with the event at the place itself. */
  async #after(place: bigint, filter: KurrentDbFilter): Promise<KurrentDbEvent | undefined> {
    const fromPosition = place < 0n ? 'start' : { commit: place, prepare: place };
    const options = { direction: 'forwards', fromPosition, maxCount: 2, filter } as const;
    const events = eventsUntil(this.#signal, this.#client.readAll(options));
    for await (const event of events) {
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
  if (position === undefined) throw new TypeError('an event read from $all has no position');
  return position.commit;
}

/** Returns -1 for the place before the first event. */
function placeOf(checkpoint: Checkpoint): bigint {
  if (checkpoint === null) return -1n;
  if (typeof checkpoint === 'bigint') return checkpoint;
  if (typeof checkpoint === 'number' && Number.isSafeInteger(checkpoint)) return BigInt(checkpoint);
  if (typeof checkpoint === 'string' && /^\d+$/.test(checkpoint)) return BigInt(checkpoint);
  throw new TypeError('a KurrentDB checkpoint must be a revision or a commit position');
}

function isNoStream(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'stream-not-found';
}
