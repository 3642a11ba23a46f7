// A gauge of calls in flight that goes up under one set of labels and down under another never comes back to 0.
import { Injectable } from '@nestjs/common';
import { NEVER, type Observable, throwError } from 'rxjs';
import { expect, it } from 'vitest';
import { Command } from '../../lib/index.js';
import { series, start } from '../e2e/handlers/application.js';

@Injectable()
class Orders {
  @Command({ name: 'Place', labels: { tier: (order: { tier: string }) => order.tier } })
  async place(order: { tier: string; fails: boolean }): Promise<void> {
    order.tier = 'changed while it runs';
    if (order.fails) throw new Error('failed');
  }

  @Command('Watch')
  watch(fails: boolean): Observable<never> {
    return fails ? throwError(() => null) : NEVER;
  }

  @Command('Read')
  async *read(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
}

it('The gauge is at 0 when everything is over, however it ended', async () => {
  const app = await start({ providers: [Orders] }, { handlerLabels: { tier: ['free', 'paid'] } });
  const orders = app.get(Orders);
  for (const tier of ['free', 'paid', 'unknown']) {
    for (const fails of [false, true]) await orders.place({ tier, fails }).catch(() => undefined);
  }
  orders.watch(false);
  orders.watch(false).subscribe().unsubscribe();
  orders.watch(true).subscribe({ error: () => undefined });
  for await (const _ of orders.read()) break;
  const gauges = Object.values(series(app, 'eventcore_commands_concurrent'));
  expect(gauges.length).toBeGreaterThan(4);
  expect(gauges.every((it) => it === 0)).toBe(true);
});
