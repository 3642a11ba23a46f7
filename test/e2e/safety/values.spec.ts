import type { INestApplication } from '@nestjs/common';
import { Controller, Get, Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import {
  Command,
  type ObservabilityOptions,
  ObservabilityModule,
  ObservabilityService,
  Projection,
} from '../../../lib/index.js';
import { EventStoreOperation } from '../../../lib/index.js';
import { expectNothingUnhandled, notNumbers, settled } from './hostile-values.js';

let app: INestApplication;

afterEach(async () => {
  await app.close();
});

/** What the hooks of {@link Shop} answer. */
let answer: () => unknown = () => undefined;
const hook = () => answer() as never;

@Injectable()
class Shop {
  @Command({ name: 'Place', events: hook, id: hook, span: { attributes: hook } })
  place(): string {
    return 'placed';
  }

  @Projection({ name: 'orders', eventTime: hook, position: hook, onSkip: hook, metadata: hook })
  apply(event: unknown): unknown {
    return event;
  }

  @EventStoreOperation('append', { stream: () => 'order-1', events: hook, version: hook })
  append(): string {
    return 'appended';
  }

  @Command({ name: 'Refuse', outcome: hook })
  refuse(): never {
    throw new Error('refused');
  }
}

@Controller()
class Page {
  @Get()
  get(): string {
    return 'ok';
  }
}

async function start(options: ObservabilityOptions = {}): Promise<ObservabilityService> {
  const module = await Test.createTestingModule({
    imports: [ObservabilityModule.forRoot(options)],
    providers: [Shop],
    controllers: [Page],
  }).compile();
  app = module.createNestApplication({ logger: false });
  await app.init();
  return app.get(ObservabilityService);
}

async function sample(line: string): Promise<number | undefined> {
  const { text } = await request(app.getHttpServer() as never)
    .get('/metrics')
    .expect(200);
  const found = text.split('\n').find((it) => it.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

const faults = (component: string) =>
  sample(`eventcore_observability_errors_total{component="${component}"}`);

describe('a value that is no number', () => {
  expectNothingUnhandled();

  it.each(Object.entries(notNumbers))(
    'A value that is no number is refused and counted by every instrument: %s',
    async (_name, make) => {
      const service = await start();
      const counter = service.counter({ name: 'shop_sold_total', help: 'Sold.' });
      const gauge = service.gauge({ name: 'shop_stock_items', help: 'Stock.', labels: ['place'] });
      const histogram = service.histogram({
        name: 'shop_size_bytes',
        help: 'Size.',
        buckets: [1, 2],
      });
      const stock = gauge.labels({ place: 'cellar' });
      counter.inc(12);
      stock.set(7);
      histogram.observe(1.5);
      const calls = [
        (it: never) => counter.inc(it),
        (it: never) => stock.set(it),
        (it: never) => stock.inc(it),
        (it: never) => stock.dec(it),
        (it: never) => gauge.set(it),
        (it: never) => histogram.observe(it),
        (it: never) => histogram.labelsWithBounds({}, it),
      ];
      for (const call of calls) call(make() as never);
      counter.inc(5);
      expect(await sample('shop_sold_total')).toBe(17);
      expect(await sample('shop_stock_items{place="cellar"}')).toBe(7);
      expect(await sample('shop_size_bytes_sum')).toBe(1.5);
      expect(await sample('shop_size_bytes_count')).toBe(1);
      // A list of ascending numbers is a list of bounds.
      expect(await faults('metrics')).toBe(_name === 'list' ? 6 : 7);
    },
  );

  it.each(Object.entries(notNumbers))(
    'A number of events that is no number is refused by calls that are recorded by hand: %s',
    async (name, make) => {
      const service = await start();
      service.startCommand('Import').succeed(make() as never);
      service.startEventStoreOperation('append', 'order').succeed({ events: make() as never });
      const projection = service.projection('orders');
      projection.skipped(make() as never);
      const metrics = 'eventcore_command_events_count{command_type="Import"}';
      const events = name === 'list' || name === 'bigint' ? 1 : 0;
      expect(await sample('eventcore_commands_total{command_type="Import"}')).toBe(1);
      expect((await sample(metrics)) ?? 0).toBe(events);
      expect(
        await sample('eventcore_projection_events_skipped_total{projection_name="orders"}'),
      ).toBe(0);
      expect(
        await sample('eventcore_projection_lag_events{projection_name="orders"}'),
      ).toBeUndefined();
    },
  );
});

describe('a hook that answers with something else', () => {
  expectNothingUnhandled();

  it.each(Object.entries(notNumbers))(
    'A hook that answers with something else is counted and changes neither handler nor totals: %s',
    async (name, make) => {
      await start({ errorCategory: hook });
      const shop = app.get(Shop);
      answer = make;
      expect(shop.place()).toBe('placed');
      expect(shop.apply('event')).toBe('event');
      expect(shop.append()).toBe('appended');
      expect(() => shop.refuse()).toThrow('refused');
      await settled();
      expect(await sample('eventcore_commands_total{command_type="Place"}')).toBe(1);
      expect(await sample('eventcore_command_errors_total{command_type="Refuse"}')).toBe(1);
      const operations = '{operation="append",outcome="success"}';
      expect(await sample(`eventcore_event_store_operations_total${operations}`)).toBe(1);
      expect(await faults('classifier')).toBe(2);
      if (name !== 'date') expect(await faults('event_time')).toBe(1);
      if (name !== 'list' && name !== 'bigint') expect(await faults('events')).toBe(1);
      if (name !== 'boolean' && name !== 'null') expect(await faults('on_skip')).toBe(1);
    },
  );

  it.each(Object.entries(notNumbers))(
    'A clock that answers with something else leaves the counts and the health right: %s',
    async (_name, make) => {
      await start({ clock: { monotonicMs: make as never, wallMs: make as never } });
      expect(app.get(Shop).place()).toBe('placed');
      expect(await sample('eventcore_commands_total{command_type="Place"}')).toBe(1);
      expect((await faults('clock')) ?? 0).toBeGreaterThan(0);
      await request(app.getHttpServer() as never)
        .get('/health')
        .expect(200);
    },
  );

  it.each(Object.entries(notNumbers))(
    'A pool, breaker or owner that answers with something else has no series: %s',
    async (_name, make) => {
      const service = await start();
      service.registerPool('asked', make as never);
      service.registerPool('read', {
        size: 4,
        get available() {
          return make() as never;
        },
      });
      service.registerCircuitBreaker('mains', { state: make as never, listen: make as never });
      service.projection('orders').observe({ owner: make as never });
      await settled();
      expect(await sample('eventcore_connection_pool_size{pool="asked"}')).toBeUndefined();
      expect(await sample('eventcore_connection_pool_size{pool="read"}')).toBeUndefined();
      expect(await sample('eventcore_circuit_breaker_state{breaker="mains"}')).toBeUndefined();
      expect((await faults('connection_pool')) ?? 0).toBeGreaterThan(0);
      expect((await faults('circuit_breaker')) ?? 0).toBeGreaterThan(0);
      if (_name !== 'boolean') expect((await faults('owner')) ?? 0).toBeGreaterThan(0);
    },
  );
});
