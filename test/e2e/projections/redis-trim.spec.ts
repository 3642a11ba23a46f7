import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeadReading } from '../../../lib/projections/head-source.js';
import { RedisProgress } from '../../../lib/projections/sources/redis-progress.js';
import { hasBroker, SharedBrokers } from '../tracing-context/running-broker.js';

describe.skipIf(!hasBroker('redis'))('a Redis stream that loses entries', () => {
  const brokers = new SharedBrokers();
  let redis: Redis;
  let streams = 0;

  beforeAll(async () => {
    redis = new Redis((await brokers.get('redis')).port, '127.0.0.1');
  });
  afterAll(async () => {
    redis.disconnect();
    await brokers.stop();
  });

  async function streamOf(entries: number) {
    const key = `trimmed-${streams++}`;
    await redis.xgroup('CREATE', key, 'g', '0', 'MKSTREAM');
    const add = async (count: number) => {
      for (let i = 0; i < count; i++) await redis.xadd(key, '*', 'n', String(i));
    };
    await add(entries);
    return {
      key,
      add,
      deliver: async (count: number): Promise<string[]> => {
        const reply = await redis.call(
          ...(['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', String(count), 'STREAMS', key, '>'] as [
            string,
            ...string[],
          ]),
        );
        const [[, read]] = reply as [[string, [string, string[]][]]];
        return read.map(([id]) => id);
      },
      ack: (ids: readonly string[]) => redis.xack(key, 'g', ...ids),
      keep: (length: number) => redis.xtrim(key, 'MAXLEN', length),
      read: async () => {
        const source = new RedisProgress(redis, { p: { stream: key, group: 'g' } });
        const scope = { key: '0', projection: 'p', filter: {} };
        return (await source.observe([scope], new AbortController().signal)).get(
          '0',
        ) as HeadReading;
      },
    };
  }

  it.each([
    [10, 3, 2],
    [300, 100, 150],
    [50, 0, 1],
    [20, 5, 0],
    [20, 15, 8],
  ])(
    'Of %i entries, %i acknowledged, a trim to %i leaves the existing ones that are not delivered',
    async (entries, acknowledged, kept) => {
      const stream = await streamOf(entries);
      if (acknowledged > 0) await stream.ack(await stream.deliver(acknowledged));
      await stream.keep(kept);
      const left = Math.min(kept, entries - acknowledged);
      expect((await stream.read()).pendingEvents).toBe(left);
    },
  );

  it('Entries that are delivered after a trim are counted once', async () => {
    const stream = await streamOf(100);
    await stream.ack(await stream.deliver(10));
    await stream.keep(40);
    const ids = await stream.deliver(15);
    expect((await stream.read()).pendingEvents).toBe(40);
    await stream.ack(ids.slice(0, 5));
    expect((await stream.read()).pendingEvents).toBe(35);
    await stream.add(7);
    expect((await stream.read()).pendingEvents).toBe(42);
    await stream.ack(ids.slice(5));
    await stream.ack(await stream.deliver(100));
    expect(await stream.read()).toMatchObject({ pendingEvents: 0 });
  });

  it('Pending entries that were trimmed away do not age', async () => {
    const stream = await streamOf(10);
    const ids = await stream.deliver(6);
    await stream.keep(5);
    expect(await stream.read()).toMatchObject({
      pendingEvents: 5,
      oldestPendingMs: Number(ids[5]?.split('-')[0]),
    });
    await stream.keep(0);
    const reading = await stream.read();
    expect(reading).toMatchObject({ pendingEvents: 0, checkpoint: ids[5] });
    expect(reading.oldestPendingMs).toBeUndefined();
  });

  it('Pending entries that were deleted one by one do not age', async () => {
    const stream = await streamOf(8);
    const ids = await stream.deliver(4);
    await redis.xdel(stream.key, ids[0] as string, ids[2] as string);
    expect(await stream.read()).toMatchObject({
      pendingEvents: 6,
      oldestPendingMs: Number(ids[1]?.split('-')[0]),
    });
    await redis.xdel(stream.key, ...ids);
    expect((await stream.read()).pendingEvents).toBe(4);
  });

  it('A group behind hundreds of trimmed pending entries has an exact count', async () => {
    const stream = await streamOf(700);
    await stream.deliver(650);
    await stream.keep(400);
    expect((await stream.read()).pendingEvents).toBe(400);
  });

  it('A group whose position lies beyond the last id reports the end of the stream', async () => {
    const stream = await streamOf(3);
    await redis.xgroup('SETID', stream.key, 'g', '99999999999999-0');
    const { checkpoint, end, head } = await stream.read();
    expect([checkpoint, end]).toEqual(['99999999999999-0', head]);
  });
});
