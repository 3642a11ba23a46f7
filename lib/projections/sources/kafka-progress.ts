import type { HeadAnswer, HeadReading, HeadSource } from '../head-source.js';
import type { ProjectionScope } from '../projection-scope.js';
import { answerRound, type FollowedScope, serverCount } from './scope-answers.js';

/** Methods of a kafkajs admin client, or of a compatible one, that {@link KafkaProgress} calls. */
export interface KafkaAdmin {
  /**
   * Returns the first and the next offset of each partition of a topic.
   *
   * @param topic - Topic name.
   * @returns `low` is the first retained offset, `high` the offset of the next message.
   */
  fetchTopicOffsets(topic: string): Promise<readonly KafkaPartitionEnds[]>;
  /**
   * Returns the committed offsets of a group.
   *
   * @param request - Group and topics.
   * @returns One entry per topic.
   */
  fetchOffsets(request: {
    groupId: string;
    topics: string[];
  }): Promise<readonly KafkaCommittedOffsets[]>;
}

/** First and next offset of one partition. */
export interface KafkaPartitionEnds {
  /** Partition number. */
  readonly partition: number;
  /** First retained offset. */
  readonly low: string;
  /** Offset of the next message. */
  readonly high: string;
}

/** Committed offsets of a group in one topic. */
export interface KafkaCommittedOffsets {
  /** Topic name. */
  readonly topic: string;
  /** Next offset to consume in each partition; `-1` when nothing is committed. */
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

/** Consumer group that feeds one projection. */
export interface KafkaConsumerGroup {
  /** Group id. */
  readonly groupId: string;
  /** Consumed topics, one or more. */
  readonly topics: readonly string[];
  /**
   * Start of the group in a partition without a committed offset: the first retained message, or the next message. With
   * `latest` the number of pending events is unknown until the first commit.
   *
   * @defaultValue 'earliest'
   */
  readonly startsAt?: 'earliest' | 'latest';
  /**
   * Set to true when offsets have gaps, as in compacted topics and in topics with transactions: messages are then not
   * counted.
   *
   * @defaultValue false
   */
  readonly gapped?: boolean;
}

/**
 * Reads the committed offsets of Kafka consumer groups and the ends of their partitions. Partitions are named
 * `<topic>-<number>`. A position is the offset of a message, so the position of a committed offset is the offset before
 * it.
 *
 * A broker cannot filter messages by content: a projection with a filter reports no event count, except 0. A broker
 * does not report recording times either: the lag in seconds is the time since the projection was last caught up.
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
   * @param admin - Connected admin client. The source neither connects nor disconnects it.
   * @param groups - Consumer groups by projection name.
   */
  constructor(admin: KafkaAdmin, groups: Readonly<Record<string, KafkaConsumerGroup>>) {
    this.#admin = admin;
    this.#groups = groups;
  }

  /** {@inheritDoc HeadSource.observe} */
  observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    const round = { scopes, signal, followed: this.#groups };
    // Commits come first, so that an end is never older than the commit compared with it.
    return answerRound(
      round,
      (it) => this.#read(it),
      (it) => this.#committed(it),
    );
  }

  async #read(it: FollowedScope<KafkaConsumerGroup>): Promise<HeadAnswer> {
    const { scope, followed: group, once } = it;
    const committed = await this.#committed(it);
    const perTopic = group.topics.map(async (topic) => {
      const ends = await once(['ends', topic], () => this.#admin.fetchTopicOffsets(topic));
      return ends.map((end): [string, HeadReading] => {
        const name = `${topic}-${end.partition}`;
        return [name, readingOf({ scope, group, end, next: committed.get(name) ?? -1n })];
      });
    });
    const partitions = new Map((await Promise.all(perTopic)).flat());
    return scope.partition === undefined ? { partitions } : onlyOf(partitions, scope.partition);
  }

  /** Returns the next offset to consume by partition name. */
  #committed({ followed, once }: FollowedScope<KafkaConsumerGroup>): Promise<Map<string, bigint>> {
    const { groupId } = followed;
    const topics = [...followed.topics];
    return once(['committed', groupId, topics], async () => {
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
  // Removed messages leave the end where it is; in a topic that was just created it is the place before offset 0.
  const last = high - 1n;
  if (next < 0n && group.startsAt === 'latest') return { head, end: last };
  const checkpoint = next > 0n ? next - 1n : null;
  const from = next > low ? next : low;
  const pending = high > from ? Number(high - from) : 0;
  const isCountable = group.gapped !== true || pending === 0;
  return { head, end: last, checkpoint, ...(isCountable && serverCount(scope, pending)) };
}

function onlyOf(readings: ReadonlyMap<string, HeadReading>, partition: string): HeadReading {
  const reading = readings.get(partition);
  if (reading === undefined) throw new RangeError(`unknown partition ${partition}`);
  return reading;
}
