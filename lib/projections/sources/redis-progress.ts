import type { HeadAnswer, HeadReading, HeadSource } from '../head-source.js';
import { type Checkpoint, hasReached, isVector } from '../position.js';
import type { ProjectionScope } from '../projection-scope.js';
import { answerRound, type FollowedScope, isFiltered, serverCount } from './scope-answers.js';
import {
  firstIdOf,
  type GroupReply,
  groupsOf,
  lastIdOf,
  placeBefore,
  positionOf,
  recordedMsOf,
  smallestPendingOf,
} from './redis-replies.js';

/**
 * What is used of a Redis client: `ioredis` has it; of `redis` it is
 * `{ call: (...words) => client.sendCommand(words) }`.
 */
export interface RedisCommands {
  /**
   * Sends a command.
   *
   * @param command - Its name.
   * @param args - Its arguments.
   * @returns The reply of the protocol's second version: lists, texts and numbers.
   */
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** The stream that a projection follows. */
export interface RedisStreamConsumer {
  /** Key of the stream. */
  readonly stream: string;
  /** Name of the consumer group. @defaultValue none: the application says what it has committed */
  readonly group?: string;
  /**
   * Whether the ids are those that the server gives, and tell when an entry was recorded.
   *
   * @defaultValue true
   */
  readonly idsAreTimes?: boolean;
}

type Ask = (...command: [string, ...string[]]) => Promise<unknown>;

interface Entries {
  readonly ask: Ask;
  readonly scope: ProjectionScope;
  readonly stream: RedisStreamConsumer;
  readonly head: string | null;
}

/**
 * Progress in streams of Redis: of consumer groups as the server counts it, not delivered and not acknowledged, or of readers
 * that keep their place themselves. Positions are ids of entries, and the oldest of them tells how old it is.
 *
 * The number of events is left out where the server does not know it: before Redis 7, after entries were deleted from the middle
 * of a stream, for a reader without a group, and for a projection with a filter, except for 0. Nobody filters for a reader.
 *
 * @example
 * ```ts
 * import { RedisProgress, type RedisCommands } from '@eventcore/nestjs-observability/projections';
 *
 * export const progressOf = (redis: RedisCommands) =>
 *   new RedisProgress(redis, { order_summary: { stream: 'orders', group: 'order-summary' } });
 * ```
 */
export class RedisProgress implements HeadSource {
  readonly #redis: RedisCommands;
  readonly #streams: Readonly<Record<string, RedisStreamConsumer>>;

  /**
   * @param redis - Connected client; it is not closed here, and needs a connection on which nothing blocks.
   * @param streams - Streams by the name of the projection.
   */
  constructor(redis: RedisCommands, streams: Readonly<Record<string, RedisStreamConsumer>>) {
    this.#redis = redis;
    this.#streams = streams;
  }

  /** {@inheritDoc HeadSource.observe} */
  observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    return answerRound({ scopes, signal, followed: this.#streams }, (it) => this.#read(it));
  }

  async #read({
    scope,
    followed: stream,
    once,
  }: FollowedScope<RedisStreamConsumer>): Promise<HeadReading> {
    const { stream: key, group } = stream;
    const ask: Ask = (...command) => once(command, () => this.#redis.call(...command));
    // Sent in this order on one connection: the head is not older than the checkpoint.
    const groups = group === undefined ? undefined : ask('XINFO', 'GROUPS', key);
    const end = ask('XINFO', 'STREAM', key).catch(noStream);
    const [groupsReply, streamReply] = await Promise.all([groups, end]);
    const head = streamReply === undefined ? null : lastIdOf(streamReply);
    const entries: Entries = { ask, scope, stream, head };
    if (group === undefined) return ofReader(entries);
    const reply = groupsOf(groupsReply).get(group);
    if (reply === undefined) throw new RangeError(`${key} has no group ${group}`);
    return ofGroup(entries, reply);
  }
}

async function ofGroup(entries: Entries, group: GroupReply): Promise<HeadReading> {
  const { ask, scope, stream, head } = entries;
  const delivered = positionOf(group.lastDeliveredId);
  const undelivered = isBehind(delivered, head) ? group.lag : 0;
  if (group.pending === 0) {
    if (undelivered === 0) return { head, checkpoint: delivered, pendingEvents: 0 };
    const oldest = await oldestAfter(delivered, entries);
    return { head, checkpoint: delivered, ...counted(scope, undelivered), ...oldest };
  }
  const pending = await ask('XPENDING', stream.stream, stream.group as string);
  const smallest = smallestPendingOf(pending);
  // Acknowledged since: what is left is seen next time.
  const checkpoint = smallest === undefined ? delivered : placeBefore(smallest);
  const oldest = smallest === undefined ? {} : timeOf(stream, smallest);
  const total = undelivered === undefined ? undefined : undelivered + group.pending;
  return { head, checkpoint, ...counted(scope, total), ...oldest };
}

async function ofReader(entries: Entries): Promise<HeadReading> {
  const { scope, stream, head } = entries;
  const { checkpoint } = scope;
  // A place at the last entry that matched stays below the last entry of all for ever.
  if (isFiltered(scope)) throw new RangeError(`nobody filters ${stream.stream}`);
  if (checkpoint === undefined) return { head };
  if (!isBehind(checkpoint, head)) return { head, pendingEvents: 0 };
  return { head, ...(await oldestAfter(checkpoint, entries)) };
}

/** Entries may have been deleted, so that none is left behind the place. */
async function oldestAfter(
  place: Checkpoint,
  { ask, stream }: Entries,
): Promise<{ pendingEvents?: 0; oldestPendingMs?: number }> {
  const from = place === null ? '-' : `(${String(place)}`;
  const entry = firstIdOf(await ask('XRANGE', stream.stream, from, '+', 'COUNT', '1'));
  return entry === undefined ? { pendingEvents: 0 } : timeOf(stream, entry);
}

/** The first entry of a stream makes it. */
function noStream(error: unknown): undefined {
  if (error instanceof Error && error.message.startsWith('ERR no such key')) return undefined;
  throw error;
}

function counted(scope: ProjectionScope, count: number | undefined): { pendingEvents?: number } {
  return count === undefined ? {} : serverCount(scope, count);
}

function timeOf({ idsAreTimes }: RedisStreamConsumer, id: string): { oldestPendingMs?: number } {
  return idsAreTimes === false ? {} : { oldestPendingMs: recordedMsOf(id) };
}

function isBehind(checkpoint: Checkpoint, head: string | null): boolean {
  if (head === null) return false;
  const reached = isVector(checkpoint) ? undefined : hasReached(checkpoint, head);
  if (reached === undefined) throw new TypeError('a checkpoint of a stream of Redis is an id');
  return !reached;
}
