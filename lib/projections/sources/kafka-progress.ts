import type { HeadAnswer, HeadReading, HeadSource } from '../head-source.js';
import type { ProjectionScope } from '../projection-scope.js';
import { answerRound, type FollowedScope, serverCount } from './scope-answers.js';

/** What is used of an admin client of kafkajs, or of one with the same methods. */
export interface KafkaAdmin {
  /**
   * Ends of the partitions of a topic.
   *
   * @param topic - Name of the topic.
   * @returns `low` is the first offset that is still there, `high` the one that the next message gets.
   */
  fetchTopicOffsets(topic: string): Promise<readonly KafkaPartitionEnds[]>;
  /**
   * Committed offsets of a group.
   *
   * @param request - The group and its topics.
   * @returns By topic.
   */
  fetchOffsets(request: {
    groupId: string;
    topics: string[];
  }): Promise<readonly KafkaCommittedOffsets[]>;
}

/** First and next offset of one partition. */
export interface KafkaPartitionEnds {
  /** Number of the partition. */
  readonly partition: number;
  /** First offset that is still there. */
  readonly low: string;
  /** Offset that the next message gets. */
  readonly high: string;
}

/** What a group has committed of one topic. */
export interface KafkaCommittedOffsets {
  /** Name of the topic. */
  readonly topic: string;
  /** Offset of the next message to consume by partition; `-1` when nothing is committed. */
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

/** The consumer group that is one projection. */
export interface KafkaConsumerGroup {
  /** Id of the group. */
  readonly groupId: string;
  /** Topics that it consumes, at least one. */
  readonly topics: readonly string[];
  /**
   * Where the group begins in a partition of which it has committed nothing: at the first message that is still there, or
   * at the next one. At `latest` it is unknown what is left before the first commit.
   *
   * @defaultValue 'earliest'
   */
  readonly startsAt?: 'earliest' | 'latest';
  /**
   * Whether offsets have gaps, as in compacted topics and those that are written in transactions: then messages cannot be
   * counted.
   *
   * @defaultValue false
   */
  readonly gapped?: boolean;
}

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
  observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    const round = { scopes, signal, followed: this.#groups };
    // Commits first: an end is never older than the commit it is compared with.
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

  /** Next offset to consume, by the name of the partition. */
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
