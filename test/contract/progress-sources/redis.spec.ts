import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe } from 'vitest';
import { RedisProgress } from '../../../lib/projections/sources/redis-progress.js';
import { hasBroker, SharedBrokers } from '../../e2e/tracing-context/running-broker.js';
import { clientsOf, forEachProjection, type LogUnderTest } from './log-under-test.js';
import { describeProgressSource } from './progress-source-contract.js';

describe.skipIf(!hasBroker('redis'))('a server of Redis', () => {
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

  function logOf(key: string, group: string | undefined): Omit<LogUnderTest, 'apply'> {
    const clients = clientsOf({
      call: (name: string, ...args: string[]) => redis.call(name, ...args),
    });
    const followed = forEachProjection({ stream: key, ...(group !== undefined && { group }) });
    return {
      source: new RedisProgress(clients.counting, followed),
      dead: new RedisProgress(clients.dead, followed),
      hanging: new RedisProgress(clients.hanging, followed),
      requests: clients.requests,
      append: async (events) => {
        for (const { type } of events) await redis.xadd(key, '*', 'type', type);
      },
    };
  }

  describeProgressSource(
    'consumer groups of Redis',
    { counts: true, tellsTime: true, filters: 'uncounted' },
    async () => {
      const key = `stream-${streams++}`;
      await redis.xgroup('CREATE', key, 'g', '0', 'MKSTREAM');
      return {
        ...logOf(key, 'g'),
        apply: async (count) => {
          const reply = await redis.call(
            'XREADGROUP',
            'GROUP',
            'g',
            'c',
            'COUNT',
            String(count),
            'STREAMS',
            key,
            '>',
          );
          const [[, entries]] = reply as [[string, [string, string[]][]]];
          await redis.xack(key, 'g', ...entries.map(([id]) => id));
        },
      };
    },
  );

  describeProgressSource(
    'places that readers of Redis keep',
    { counts: false, tellsTime: true, filters: 'refused' },
    async () => {
      const key = `stream-${streams++}`;
      let place: string | null = null;
      return {
        ...logOf(key, undefined),
        checkpoint: () => place,
        apply: async (count) => {
          const from = place === null ? '-' : `(${place}`;
          place = (await redis.xrange(key, from, '+', 'COUNT', count)).at(-1)?.[0] ?? place;
        },
      };
    },
  );
});
