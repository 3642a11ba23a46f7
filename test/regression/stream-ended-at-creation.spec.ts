// A wrapper that ends the observation when the handler returns measures the making of a stream, and misses its errors.
import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { ObservabilityService, Query } from '../../lib/index.js';
import { ManualClock } from '../../lib/testing/index.js';
import { series, start } from '../e2e/handlers/application.js';

const clock = new ManualClock();

@Injectable()
class Feeds {
  readonly prices = new Subject<number>();

  @Query('Prices')
  watch(): Subject<number> {
    return this.prices;
  }

  @Query('Rows')
  async *rows(): AsyncGenerator<number> {
    yield 1;
    clock.advance(3_000);
    throw new RangeError('half-way');
  }
}

async function sumOf(app: Awaited<ReturnType<typeof start>>, series: string): Promise<string> {
  const text = await app.get(ObservabilityService).gather();
  return (
    text
      .split('\n')
      .find((it) => it.startsWith(series))
      ?.split(' ')[1] ?? 'absent'
  );
}

const duration = (type: string, outcome: string) =>
  `eventcore_query_duration_seconds_sum{query_type="${type}",outcome="${outcome}"}`;

it('An Observable is measured from subscribe to its end', async () => {
  const app = await start({ providers: [Feeds] }, { clock });
  const feeds = app.get(Feeds);
  const prices = feeds.watch();
  clock.advance(10_000);
  prices.subscribe();
  clock.advance(2_000);
  expect(series(app, 'eventcore_queries_concurrent')['Prices']).toBe(1);
  feeds.prices.complete();
  expect(await sumOf(app, duration('Prices', 'success'))).toBe('2');
  expect(series(app, 'eventcore_queries_concurrent')['Prices']).toBe(0);
});

it('An async generator is measured to its end, and its error counts', async () => {
  const app = await start({ providers: [Feeds] }, { clock });
  const rows = app.get(Feeds).rows();
  await rows.next();
  expect(series(app, 'eventcore_query_errors_total')['Rows']).toBe(0);
  await expect(rows.next()).rejects.toThrow('half-way');
  expect(series(app, 'eventcore_query_errors_total')['Rows']).toBe(1);
  expect(await sumOf(app, duration('Rows', 'failure'))).toBe('3');
});
