import { describe, expect, it } from 'vitest';
import {
  type KafkaConsumerGroup,
  KafkaProgress,
} from '../../../../lib/projections/sources/kafka-progress.js';
import type { PartitionedReading } from '../../../../lib/projections/head-source.js';
import { type ProjectionScope, Unreadable } from '../../../../lib/projections/projection-scope.js';

interface Offsets {
  readonly low?: string;
  readonly high: string;
  readonly committed: string;
}

const GROUP: KafkaConsumerGroup = { groupId: 'g', topics: ['orders'] };

async function observe(offsets: Offsets, group = GROUP, scope: Partial<ProjectionScope> = {}) {
  const { low = '0', high, committed } = offsets;
  const source = new KafkaProgress(
    {
      fetchTopicOffsets: async () => [{ partition: 0, low, high, offset: high }],
      fetchOffsets: async ({ topics }) =>
        topics.map((topic) => ({ topic, partitions: [{ partition: 0, offset: committed }] })),
    },
    { summary: group },
  );
  const scopes = [
    { key: '0', projection: 'summary', filter: {}, ...scope },
    { key: '1', projection: 'unknown', filter: {} },
  ];
  const answers = await source.observe(scopes, new AbortController().signal);
  return { known: answers.get('0'), unknown: answers.get('1') };
}

async function partition(offsets: Offsets, group = GROUP) {
  return ((await observe(offsets, group)).known as PartitionedReading).partitions.get('orders-0');
}

describe('progress of a consumer group of Kafka', () => {
  it('Progress of a consumer group of Kafka has the last consumed message as its checkpoint, not the next one', async () => {
    expect(await partition({ high: '10', committed: '7' })).toEqual({
      head: 9n,
      end: 9n,
      checkpoint: 6n,
      pendingEvents: 3,
    });
  });

  it('Progress of a consumer group of Kafka does not count messages that were deleted by retention', async () => {
    expect(await partition({ low: '6', high: '10', committed: '2' })).toMatchObject({
      pendingEvents: 4,
    });
    expect(await partition({ low: '10', high: '10', committed: '2' })).toEqual({
      head: null,
      end: 9n,
      checkpoint: 1n,
      pendingEvents: 0,
    });
  });

  it('Progress of a consumer group of Kafka is complete, and never negative, when the topic was made anew below the commit', async () => {
    expect(await partition({ high: '3', committed: '90' })).toEqual({
      head: 2n,
      end: 2n,
      checkpoint: 89n,
      pendingEvents: 0,
    });
  });

  it('Progress of a consumer group of Kafka has everything left before the first commit, unless it begins at the end', async () => {
    const uncommitted = { low: '2', high: '10', committed: '-1' };
    expect(await partition(uncommitted)).toEqual({
      head: 9n,
      end: 9n,
      checkpoint: null,
      pendingEvents: 8,
    });
    expect(await partition(uncommitted, { ...GROUP, startsAt: 'latest' })).toEqual({
      head: 9n,
      end: 9n,
    });
  });

  it('Progress of a consumer group of Kafka is not counted where offsets have gaps, except when nothing is left', async () => {
    const gapped = { ...GROUP, gapped: true };
    expect(await partition({ high: '10', committed: '7' }, gapped)).toEqual({
      head: 9n,
      end: 9n,
      checkpoint: 6n,
    });
    expect(await partition({ high: '10', committed: '10' }, gapped)).toMatchObject({
      pendingEvents: 0,
    });
  });

  it('Progress of a consumer group of Kafka answers for one partition when the application names it', async () => {
    const offsets = { high: '10', committed: '7' };
    const { known } = await observe(offsets, GROUP, { partition: 'orders-0' });
    expect(known).toMatchObject({ head: 9n });
    await expect(observe(offsets, GROUP, { partition: 'orders-1' })).rejects.toThrow(
      'unknown partition orders-1',
    );
  });

  it('Progress of a consumer group of Kafka says that it was not told of a projection, and answers for the others', async () => {
    const { unknown } = await observe({ high: '1', committed: '1' });
    expect(unknown).toBeInstanceOf(Unreadable);
    expect((unknown as Unreadable).cause).toMatchObject({
      message: 'the source has no entry for the projection unknown',
    });
  });

  it('Progress of a consumer group of Kafka tells the end of a topic that was recreated', async () => {
    expect(await partition({ high: '5', committed: '101' })).toMatchObject({
      end: 4n,
      checkpoint: 100n,
    });
    expect(await partition({ high: '0', committed: '1' })).toMatchObject({
      end: -1n,
      checkpoint: 0n,
    });
  });
});
