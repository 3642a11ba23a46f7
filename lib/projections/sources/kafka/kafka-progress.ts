import type { HeadAnswer, HeadReading, HeadSource } from '../../head-source.js';
import type { ProjectionScope } from '../../projection-scope.js';
import { answersOf, followedBy, RoundReads, serverCount, untilAborted } from '../scope-answers.js';
import type { KafkaAdmin, KafkaConsumerGroup, KafkaPartitionEnds } from './kafka-admin.js';

/**
 * Progress of consumer groups of Kafka: what is committed, and where the partitions end. Partitions are called
 * `<topic>-<number>`; a position is the offset of a message, so that of a committed offset is the one before it.
 *
 * A broker cannot look into messages: of a projection with a filter there is no number of events, except 0. It does not tell
 * when messages were recorded either: the lag in seconds is how long ago the projection was last caught up.
 *
 * @example
 * ```ts
 * import { KafkaProgress, type KafkaAdmin } from '@eventcore/nestjs-observability/projections';
 *
 * export const progressOf = (admin: KafkaAdmin) =>
 *   new KafkaProgress(admin, { order_summary: { groupId: 'order-summary', topics: ['orders'] } });
 * ```
 */
export class KafkaProgress implements HeadSource {
  readonly #admin: KafkaAdmin;
  readonly #groups: Readonly<Record<string, KafkaConsumerGroup>>;

  /**
   * @param admin - Connected admin client; it is neither connected nor closed here.
   * @param groups - Consumer groups by the name of the projection.
   */
  constructor(admin: KafkaAdmin, groups: Readonly<Record<string, KafkaConsumerGroup>>) {
    this.#admin = admin;
    this.#groups = groups;
  }

  /** {@inheritDoc HeadSource.observe} */
  async observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    signal.throwIfAborted();
    const reads = new RoundReads();
    const groups = scopes.map(async (scope) =>
      this.#committed(followedBy(this.#groups, scope), reads),
    );
    // Commits first: an end is never older than what is compared with it.
    await untilAborted(signal, Promise.allSettled(groups));
    return answersOf(scopes, signal, (scope) => this.#read(scope, reads));
  }

  async #read(scope: ProjectionScope, reads: RoundReads): Promise<HeadAnswer> {
    const group = followedBy(this.#groups, scope);
    const committed = await this.#committed(group, reads);
    const perTopic = group.topics.map(async (topic) => {
      const ends = await reads.once(['ends', topic], () => this.#admin.fetchTopicOffsets(topic));
      return ends.map((end): [string, HeadReading] => {
        const name = `${topic}-${end.partition}`;
        return [name, readingOf({ scope, group, end, next: committed.get(name) ?? -1n })];
      });
    });
    const partitions = new Map((await Promise.all(perTopic)).flat());
    return scope.partition === undefined ? { partitions } : onlyOf(partitions, scope.partition);
  }

  /** Next offset to consume, by the name of the partition. */
  #committed(group: KafkaConsumerGroup, reads: RoundReads): Promise<Map<string, bigint>> {
    const { groupId } = group;
    const topics = [...group.topics];
    return reads.once(['committed', groupId, topics], async () => {
      const offsets = await this.#admin.fetchOffsets({ groupId, topics });
      const named = offsets.flatMap(({ topic, partitions }) =>
        partitions.map((it) => [`${topic}-${it.partition}`, BigInt(it.offset)] as const),
      );
      return new Map(named);
    });
  }
}

interface CommittedPartition {
  readonly scope: ProjectionScope;
  readonly group: KafkaConsumerGroup;
  readonly end: KafkaPartitionEnds;
  readonly next: bigint;
}

function readingOf({ scope, group, end, next }: CommittedPartition): HeadReading {
  const [low, high] = [BigInt(end.low), BigInt(end.high)];
  const head = high > low ? high - 1n : null;
  if (next < 0n && group.startsAt === 'latest') return { head };
  const checkpoint = next > 0n ? next - 1n : null;
  const from = next > low ? next : low;
  const pending = high > from ? Number(high - from) : 0;
  const isCountable = group.gapped !== true || pending === 0;
  return { head, checkpoint, ...(isCountable && serverCount(scope, pending)) };
}

function onlyOf(readings: ReadonlyMap<string, HeadReading>, partition: string): HeadReading {
  const reading = readings.get(partition);
  if (reading === undefined) throw new RangeError(`there is no partition ${partition}`);
  return reading;
}
