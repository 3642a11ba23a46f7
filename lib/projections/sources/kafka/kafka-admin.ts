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
