import { observeTest } from '@eventcore/nestjs-observability/testing';
import { Test } from '@nestjs/testing';
import { AppModule } from './../src/app.module';
import { Orders } from './../src/orders';
import { PlaceOrder } from './../src/place-order';

describe('observeTest()', () => {
  const observed = observeTest();

  it('sees the call of a decorated handler', async () => {
    const module = await observed.in(Test.createTestingModule({ imports: [AppModule] })).compile();
    await module.init();
    const place = () => module.get(Orders, { strict: false }).place(new PlaceOrder('hat'));
    const seen = await observed.during(place);
    expect(seen.result).toBe('order of hat');
    seen.metric('eventcore_commands_total', { command_type: 'PlaceOrder' }).increasedBy(1);
    seen.nothingElse('eventcore_commands_total');
    await observed.advance(5_000);
    expect(() => seen.metric('eventcore_commands_total').increasedBy(2)).toThrow('(+1)');
    await module.close();
  });
});
