import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../system/poll.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { RunningShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)(
  'the shop on a PostgreSQL server',
  () => {
    let database: RunningPostgres;
    let shop: RunningShop;

    beforeAll(async () => {
      database = await RunningPostgres.start();
      shop = await RunningShop.start({
        DATABASE_URL: database.url,
        TRAFFIC: '50',
        FAULT_RATE: '0',
      });
    }, 120_000);

    afterAll(async () => {
      await shop?.stop();
      await database?.stop();
    });

    it('The shop on a PostgreSQL server counts what it appends and what its projections apply', async () => {
      await poll(
        async () => sumOf(await shop.metrics(), 'eventcore_events_written_total') > 50 || undefined,
        {
          what: 'fifty events',
          timeoutMs: 60_000,
        },
      );
      const metrics = await poll(
        async () => {
          const text = await shop.metrics();
          return sumOf(text, 'eventcore_projection_events_processed_total') > 50 ? text : undefined;
        },
        { what: 'fifty events applied', timeoutMs: 60_000 },
      );
      expect(sumOf(metrics, 'eventcore_projection_errors_total')).toBe(0);
      expect(sumOf(metrics, 'eventcore_projections_active')).toBe(3);
      expect(sumOf(metrics, 'eventcore_observability_errors_total')).toBe(0);
      expect(metrics).toMatch(/^eventcore_events_written_total\{stream_category="order",/m);
      expect(metrics).toMatch(/^eventcore_events_read_total\{stream_category="all",/m);
    });

    it('The shop on a PostgreSQL server counts the streams that it has, in the background', async () => {
      const streams = await poll(
        async () => {
          const count = sumOf(await shop.metrics(), 'eventcore_active_streams');
          // More than the shelves that it opens with.
          return count > 10 ? count : undefined;
        },
        { what: 'a count of streams', timeoutMs: 60_000 },
      );
      expect(Number.isInteger(streams)).toBe(true);
    });

    it('The shop on a PostgreSQL server shows the connections of its pool, without a line for that', async () => {
      const metrics = await shop.metrics();
      const value = (name: string) =>
        valueOf(metrics, `eventcore_connection_pool_${name}{pool="shop",`);
      expect(value('max_size')).toBe(10);
      expect(value('size')).toBeGreaterThan(0);
      expect(value('available')).toBeLessThanOrEqual(value('size'));
      expect(value('pending')).toBeGreaterThanOrEqual(0);
    });
  },
  150_000,
);

/** The value of the one series whose text begins like that. */
function valueOf(metrics: string, series: string): number {
  const line = metrics.split('\n').find((it) => it.startsWith(series));
  return Number(line?.split(' ').at(-1));
}

/** The sum over all series of a metric without buckets. */
function sumOf(metrics: string, name: string): number {
  const samples = metrics.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (.*)$`, 'gm'));
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
}
