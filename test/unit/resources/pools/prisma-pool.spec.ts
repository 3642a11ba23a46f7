import { describe, expect, it } from 'vitest';
import {
  type PrismaMetrics,
  prismaPoolSource,
} from '../../../../lib/resources/pools/prisma-pool.js';

// A double, a proxy as a client is: the versions that have metrics need an engine that is not at hand.
function clientWith(metrics: PrismaMetrics): object {
  return new Proxy({ $metrics: { json: async () => metrics } }, {});
}

const gauges = [
  { key: 'prisma_client_queries_active', value: 9 },
  { key: 'prisma_client_queries_wait', value: 4 },
  { key: 'prisma_pool_connections_busy', value: 2 },
  { key: 'prisma_pool_connections_idle', value: 1 },
];
const open = { key: 'prisma_pool_connections_open', value: 3 };

describe('a Prisma client', () => {
  it.each([
    ['gauges', { counters: [], gauges: [...gauges, open] }],
    ['counters', { counters: [open], gauges }],
  ])(
    'A Prisma client has the numbers of its pool, with open connections among the %s',
    async (_place, metrics) => {
      const source = prismaPoolSource(clientWith(metrics));
      expect(await source?.observe()).toEqual({ size: 3, available: 1, pending: 4 });
    },
  );

  it('A Prisma client without metrics of its pool has no numbers', async () => {
    const source = prismaPoolSource(clientWith({ counters: [], gauges: [] }));
    expect(await source?.observe()).toBeUndefined();
  });

  it('A Prisma client is what has metrics', () => {
    expect(prismaPoolSource({})).toBeUndefined();
  });
});
