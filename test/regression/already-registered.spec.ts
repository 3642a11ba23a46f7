// "A metric with the name … has already been registered": on hot reload, in a second application, on a second import.
import { Injectable, Module } from '@nestjs/common';
import { expect, it } from 'vitest';
import { Command, ObservabilityService } from '../../lib/index.js';
import { commands, start } from '../e2e/handlers/application.js';

@Injectable()
class Orders {
  @Command('Place')
  place(): void {}
}

@Module({ providers: [Orders], exports: [Orders] })
class OrdersModule {}

it('An application may be made again, beside another one, and its modules imported twice', async () => {
  const definition = { name: 'shop_orders_total', help: 'Orders.' };
  for (let i = 0; i < 3; i++) {
    const app = await start({ imports: [OrdersModule, OrdersModule] });
    app.get(Orders).place();
    app.get(ObservabilityService).counter(definition).labels({}).inc();
    app.get(ObservabilityService).counter(definition).labels({}).inc();
    expect(commands(app)).toEqual({ Place: 1 });
    const text = await app.get(ObservabilityService).gather();
    expect(text.match(/^# TYPE eventcore_commands_total /gm)).toHaveLength(1);
    expect(text).toMatch(/^shop_orders_total 2$/m);
  }
});
