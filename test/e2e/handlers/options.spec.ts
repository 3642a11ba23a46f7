import { BadRequestException, Injectable, InternalServerErrorException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  Command,
  currentObservation,
  ObservabilityService,
  Query,
  REJECTION,
} from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { commands, series, start } from './application.js';

class OutOfStock extends Error {
  readonly [REJECTION] = true;
}

const clock = new ManualClock();

@Injectable()
class Orders {
  @Command({
    name: 'Place',
    labels: { channel: (order: { channel: string }) => order.channel },
    events: (result) => result as string[],
    buckets: [0.1, 0.5],
    outcome: (error) => (error === 'fine' ? 'success' : undefined),
    context: true,
  })
  async place(order: { channel: string; error?: unknown; retries?: number }): Promise<string[]> {
    for (let i = 0; i < (order.retries ?? 0); i++) currentObservation()?.retry(new TypeError());
    clock.advance(200);
    if (order.error !== undefined) throw order.error;
    return ['placed', 'paid'];
  }

  @Command({ name: 'Shared', shared: true })
  first(): void {}

  @Command({ name: 'Shared', shared: true })
  second(): void {}

  @Query({
    name: 'Broken',
    labels: { channel: () => 5 as never },
    outcome: () => 'rubbish' as never,
  })
  broken(): never {
    throw new RangeError('query');
  }
}

const startShop = () =>
  start({ providers: [Orders] }, { clock, handlerLabels: { channel: ['web', 'shop'] } });

describe('the options of a handler', () => {
  it('The options of a handler give labels, events, buckets, outcomes and attempts', async () => {
    const app = await startShop();
    const orders = app.get(Orders);
    await orders.place({ channel: 'web', retries: 2 });
    await orders.place({ channel: 'fax' });
    const errors = [
      'fine',
      new OutOfStock(),
      new BadRequestException(),
      new InternalServerErrorException(),
    ];
    for (const error of errors) {
      await expect(orders.place({ channel: 'shop', error })).rejects.toBe(error);
    }
    const finished = Object.entries(commands(app)).filter(([, count]) => count > 0);
    expect(
      finished.map(([labels, count]) => [labels.split(' ').toSorted().join(' '), count]),
    ).toEqual([
      ['Place web', 1],
      ['Place shop', 4],
      ['Place __other__', 1],
    ]);
    const text = await app.get(ObservabilityService).gather();
    expect(text).toMatch(/^eventcore_commands_rejected_total\{.*channel="shop".*\} 2$/m);
    expect(text).toMatch(/^eventcore_command_errors_total\{.*channel="shop".*\} 1$/m);
    expect(text).toMatch(/^eventcore_commands_succeeded_total\{.*channel="shop".*\} 1$/m);
    expect(text).toMatch(/^eventcore_command_retries_total\{.*error_type="TypeError".*\} 2$/m);
    expect(text).toMatch(/^eventcore_command_events_sum\{.*channel="web".*\} 2$/m);
    const bucket =
      /^eventcore_command_duration_seconds_bucket\{.*channel="web".*le="([^"]+)".*\} (\d)$/gm;
    const success = [...text.matchAll(bucket)].filter(([line]) => line.includes('"success"'));
    expect(success.map(([, le, count]) => `${le} ${count}`)).toEqual(['0.1 0', '0.5 1', '+Inf 1']);
  });

  it('The options of a handler let handlers share a name', async () => {
    const app = await startShop();
    app.get(Orders).first();
    app.get(Orders).second();
    const shared = Object.entries(commands(app)).find(([labels]) => labels.includes('Shared'));
    expect(shared?.[1]).toBe(2);
  });

  it('The options of a handler may be rubbish: counted and survived', async () => {
    const app = await startShop();
    expect(() => app.get(Orders).broken()).toThrow('query');
    const faults = Object.entries(series(app, 'eventcore_observability_errors_total'));
    expect(Object.fromEntries(faults.filter(([, count]) => count > 0))).toEqual({
      labels: 1,
      classifier: 1,
    });
    const failed = Object.entries(series(app, 'eventcore_query_errors_total'));
    expect(failed.filter(([, count]) => count === 1)).toHaveLength(1);
  });
});
