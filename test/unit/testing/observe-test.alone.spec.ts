import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Command,
  ObservabilityModule,
  ObservabilityService,
  Projection,
} from '../../../lib/index.js';
import { alerting } from '../../../lib/alerting/index.js';
import { logging } from '../../../lib/logging/index.js';
import { history } from '../../../lib/query/index.js';
import type { ProjectionScope } from '../../../lib/projections/index.js';
import { observeTest, type ObservedTest } from '../../../lib/testing/index.js';

class PlaceOrder {
  constructor(readonly sku: string) {}
}

@Injectable()
class Revenue {
  applied = 0;

  @Projection('revenue')
  orderPlaced(): void {
    this.applied++;
  }
}

@Injectable()
class Orders {
  constructor(private readonly revenue: Revenue) {}

  @Command()
  async place({ sku }: PlaceOrder): Promise<string> {
    if (sku === 'lost') throw new Error('The warehouse does not answer');
    this.revenue.orderPlaced();
    return sku;
  }
}

/** A log whose end the test moves. */
@Injectable()
class Log {
  end = 0;
  lastMs = 0;

  async observe(scopes: readonly ProjectionScope[]) {
    const oldestPendingMs = this.lastMs;
    return new Map(
      scopes.map(({ key }) => [key, { head: this.end, pendingEvents: this.end, oldestPendingMs }]),
    );
  }
}

const STOCK_LOW = {
  name: 'StockLow',
  query: 'shop_stock < 5',
  for: '1m',
  severity: 'warning',
  annotations: { summary: 'Little is left' },
} as const;

@Module({
  imports: [
    ObservabilityModule.forRoot({
      projections: { head: Log },
      plugins: [
        history({ intervalMs: 5_000 }),
        alerting({ shipped: false, rules: [STOCK_LOW] }),
        logging({ level: 'debug', sinks: [] }),
      ],
    }),
  ],
  providers: [Orders, Revenue, Log],
})
class AppModule {}

const BY_HISTORY = { exporter: 'history', outcome: 'success' };
const COMMANDS = 'eventcore_commands_total';

describe('`observeTest()`', () => {
  let observed: ObservedTest;
  let module: TestingModule;
  const place = (sku: string) => module.get(Orders).place(new PlaceOrder(sku));

  beforeEach(async () => {
    observed = observeTest();
    module = await observed.in(Test.createTestingModule({ imports: [AppModule] })).compile();
    await module.init();
  });

  afterEach(() => module.close());

  it('`observeTest()` sees what the work of a test has recorded, and nothing from before it', async () => {
    await place('mug');
    const seen = await observed.during(() => place('cup'));
    expect(seen.result).toBe('cup');
    seen.metric(COMMANDS, { command_type: 'PlaceOrder' }).increasedBy(1);
    seen.metric(COMMANDS, { command_type: 'PlaceOrder' }).is(2);
    seen.nothingElse(COMMANDS);
    seen.metric('eventcore_command_errors_total').didNotChange();
    seen.metric('eventcore_command_duration_seconds').increasedBy(1);
    seen.metric('eventcore_command_duration_seconds_sum').is(0);
    seen.metric('eventcore_commands_total', { command_type: 'Unknown' }).isAbsent();
  });

  it('`observeTest()` shows the nearest series when an expectation is wrong', async () => {
    const seen = await observed.during(() => place('mug'));
    expect(() => seen.metric(COMMANDS, { command_type: 'PlaceOrders' }).increasedBy(1)).toThrow(
      [
        'eventcore_commands_total{command_type="PlaceOrders"} has no series.',
        'Nearest series:',
        '  eventcore_commands_total{command_type="PlaceOrder"} 1 (+1)',
      ].join('\n'),
    );
    expect(() => seen.metric(COMMANDS).increasedBy(2)).toThrow('increased by 1, not by 2');
    expect(() => seen.metric('eventcore_command_total').increasedBy(1)).toThrow(
      '  eventcore_commands_total{command_type="PlaceOrder"} 1 (+1)',
    );
    expect(() => seen.metric(COMMANDS).is(3)).toThrow('is 1, not 3');
    expect(() => seen.metric(COMMANDS).isAbsent()).toThrow('is there');
    expect(() => seen.nothingElse('eventcore_commands_succeeded_total')).toThrow(
      '  eventcore_commands_succeeded_total{command_type="PlaceOrder"} +1',
    );
  });

  it('`observeTest()` leaves the errors of the work to the test', async () => {
    await expect(observed.during(() => place('lost'))).rejects.toThrow('does not answer');
    const seen = await observed.during(() => expect(place('lost')).rejects.toThrow());
    seen.metric('eventcore_command_errors_total').increasedBy(1);
    seen.metric('eventcore_commands_succeeded_total').didNotChange();
  });

  it('`observeTest()` sees the spans of the work and how they follow each other', async () => {
    await place('mug');
    const seen = await observed.during(() => place('cup'));
    seen.spans.tree('command PlaceOrder > projection revenue');
    expect(seen.spans.named('command PlaceOrder')).toHaveLength(1);
    expect(() => seen.spans.tree('command PlaceOrder > projection stock')).toThrow(
      [
        'No span projection stock at its place in command PlaceOrder > projection stock. The spans are:',
        '  command PlaceOrder',
        '    projection revenue',
      ].join('\n'),
    );
  });

  it('`observeTest()` sees the log lines of the work', async () => {
    await place('mug');
    const seen = await observed.during(() => expect(place('lost')).rejects.toThrow());
    const errors = seen.lines.filter(({ level }) => level === 'error');
    expect(errors.map(({ message }) => message)).toEqual(['Command execution failed']);
    expect(seen.lines.every(({ timeMs }) => timeMs === observed.clock.wallMs())).toBe(true);
  });

  it('`observeTest()` lets time pass for what is read in the background', async () => {
    const log = module.get(Log);
    await place('mug');
    log.end = 3;
    log.lastMs = observed.clock.wallMs();
    await observed.advance(10_000);
    observed.projection('revenue').lags({ seconds: 10, events: 3 });
    expect(() => observed.projection('revenue').lags({ seconds: 7 })).toThrow('lagSeconds: 10');
    expect(() => observed.projection('stock').progress).toThrow('Known: revenue');
    (await observed.metric('eventcore_projection_lag_seconds')).is(10);
  });

  it('`observeTest()` lets time pass for exporters and plugins', async () => {
    const exports = () => observed.metric('eventcore_observability_exports_total', BY_HISTORY);
    await observed.advance(5_000);
    const begun = (await exports()).value;
    expect(begun).toBeGreaterThan(0);
    await observed.advance(60_000);
    (await exports()).is(begun + 12);
  });

  it('`observeTest()` lets alerts of the application become firing', async () => {
    const stock = module.get(ObservabilityService).gauge({ name: 'shop_stock', help: 'Pieces.' });
    stock.labels({}).set(3);
    await observed.advance(30_000);
    (await observed.metric('eventcore_alerts', { alertname: 'StockLow' })).is(1);
    await observed.advance(120_000);
    (await observed.metric('eventcore_alerts', { state: 'firing' })).is(1);
    const seen = await observed.during(() => stock.labels({}).set(2));
    expect(() => seen.nothingElse('shop_stock')).toThrow('  shop_stock -1');
  });

  it('`observeTest()` finds metrics against the conventions, and metrics of too many series', async () => {
    observed.lint();
    const service = module.get(ObservabilityService);
    service.histogram({ name: 'shop_payment_ms', help: 'Payment time.' });
    const visits = service.counter({
      name: 'shop_visits_total',
      help: 'Visits.',
      labels: ['page'],
    });
    for (let page = 0; page < 4; page++) visits.labels({ page: String(page) }).inc();
    expect(() => observed.lint(3)).toThrow('shop_visits_total: 4 series');
    expect(() => observed.lint(4)).toThrow('shop_payment_ms: ');
  });
});

describe('an application that is not there', () => {
  it('`observeTest()` says how it gets its application', async () => {
    await expect(observeTest().during(() => 1)).rejects.toThrow('pass the builder to in()');
  });
});
