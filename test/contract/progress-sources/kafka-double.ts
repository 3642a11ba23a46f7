import type { KafkaAdmin } from '../../../lib/projections/sources/kafka-progress.js';

/** Partitions of the topic `orders` and what the group `g` has committed of them, as an admin of kafkajs tells it. */
export class KafkaDouble implements KafkaAdmin {
  readonly low = [0, 0];
  readonly high = [0, 0];
  readonly committed = [-1, -1];

  async fetchTopicOffsets() {
    return this.high.map((high, partition) => ({
      partition,
      offset: String(high),
      high: String(high),
      low: String(this.low[partition]),
    }));
  }

  async fetchOffsets({ topics }: { groupId: string; topics: string[] }) {
    const partitions = this.committed.map((it, partition) => ({
      partition,
      offset: String(it),
      metadata: null,
    }));
    return topics.map((topic) => ({ topic, partitions }));
  }
}
