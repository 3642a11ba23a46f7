import 'reflect-metadata';
import { observeTest } from '@eventcore/nestjs-observability/testing';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppModule, Orders, PlaceOrder } from '../src/app.module.js';

describe('the metrics of an order', () => {
  const observed = observeTest();
  let module: TestingModule;

  beforeEach(async () => {
    module = await observed.in(Test.createTestingModule({ imports: [AppModule] })).compile();
    await module.init();
  });

  afterEach(() => module.close());

  const place = (sku: string, quantity: number) =>
    module.get(Orders).place(new PlaceOrder(sku, quantity));

  it('An order that is placed succeeds once and reaches the revenue', async () => {
    const seen = await observed.during(() => place('mug', 2));
    expect(seen.result).toEqual({ revenueCents: 2_980 });
    seen
      .metric('eventcore_commands_succeeded_total', { command_type: 'PlaceOrder' })
      .increasedBy(1);
    seen.metric('eventcore_projection_events_processed_total').increasedBy(1);
    seen.nothingElse('eventcore_commands_succeeded_total');
  });

  it('An empty order is rejected, which is no error', async () => {
    const seen = await observed.during(() =>
      expect(place('mug', 0)).rejects.toThrow('at least one'),
    );
    seen.metric('eventcore_commands_rejected_total').increasedBy(1);
    seen.nothingElse('eventcore_command_errors_total');
  });
});
