import { getInMemoryEventStore, type InMemoryEventStore } from '@event-driven-io/emmett';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import {
  Command,
  currentObservation,
  EventStoreOperation,
  ObservabilityModule,
  type ObservabilityOptions,
  ObservabilityService,
} from '../../../lib/index.js';
import { emmettAdapter, plainAdapter } from '../../../lib/integrations/event-store/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

class Renamed extends Error {}

@Injectable()
class Carts {
  constructor(@Inject('EVENT_STORE') private readonly store: InMemoryEventStore) {}

  @Command({ name: 'AddItem', context: true })
  async add(cart: string, expectedStreamVersion: bigint): Promise<void> {
    const events = [{ type: 'Added', data: { sku: 'mug' } }];
    try {
      await this.store.appendToStream(cart, events, { expectedStreamVersion });
    } catch (error) {
      currentObservation()?.retry(error);
      await this.store.appendToStream(cart, events);
    }
  }

  @EventStoreOperation('read_all', { category: 'all' })
  async readAll(isBroken: boolean): Promise<readonly number[]> {
    if (isBroken) throw new Renamed('broken');
    return [1, 2, 3];
  }
}

const eventStore = {
  provide: 'EVENT_STORE',
  inject: [ObservabilityService],
  useFactory: (observability: ObservabilityService) =>
    observability.instrumentEventStore(getInMemoryEventStore(), emmettAdapter),
};

const running: RunningApplication[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((it) => it.close()));
});

async function start(options: ObservabilityOptions = {}) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ ...options, isGlobal: true })],
    providers: [eventStore, Carts],
  });
  running.push(application);
  const metrics = async () => (await application.get('/metrics')).text;
  return { application, carts: application.app.get(Carts), metrics };
}

describe('an application with an event store', () => {
  it('An application with an event store shows what the store did, with not a metric written by hand', async () => {
    const { carts, metrics } = await start();
    await carts.add('cart-1', 0n);
    await carts.add('cart-1', 0n);
    expect(await carts.readAll(false)).toEqual([1, 2, 3]);
    const text = await metrics();
    const appended = (outcome: string) =>
      sampleOf(text, 'eventcore_event_store_operations_total', { operation: 'append', outcome });
    expect([appended('success'), appended('failure')]).toEqual([2, 1]);
    const cart = { stream_category: 'cart' };
    expect(sampleOf(text, 'eventcore_events_written_total', cart)).toBe(2);
    expect(sampleOf(text, 'eventcore_event_store_conflicts_total', cart)).toBe(1);
    expect(sampleOf(text, 'eventcore_events_read_total', { stream_category: 'all' })).toBe(3);
  });

  it('An application with an event store has the conflict as an attempt of the command, not as its failure', async () => {
    const { carts, metrics } = await start();
    await carts.add('cart-1', 7n);
    const text = await metrics();
    expect(sampleOf(text, 'eventcore_commands_succeeded_total')).toBe(1);
    expect(sampleOf(text, 'eventcore_command_errors_total')).toBe(0);
    expect(sampleOf(text, 'eventcore_command_attempts_sum')).toBe(2);
    const conflict = {
      source: 'event_store',
      error_type: 'ExpectedVersionConflictError',
      category: 'transient',
    };
    expect(sampleOf(text, 'eventcore_errors_total', conflict)).toBe(1);
  });

  it('An application with an event store has the series of its operations at 0 from the start, and no number of streams', async () => {
    const { metrics } = await start();
    const text = await metrics();
    for (const operation of ['append', 'read', 'aggregate', 'exists', 'read_all']) {
      const labels = { operation, outcome: 'failure' };
      expect(sampleOf(text, 'eventcore_event_store_operations_total', labels)).toBe(0);
    }
    expect(text).not.toMatch(/^eventcore_active_streams/m);
  });

  it('An application with an event store has a rate of errors of its store, in the categories that it decides on', async () => {
    const clock = new ManualClock();
    const { carts, metrics } = await start({
      clock,
      errorCategory: (error) => (error instanceof Renamed ? 'critical' : undefined),
    });
    await metrics();
    for (const isBroken of [true, false, false, false])
      await carts.readAll(isBroken).catch(() => undefined);
    clock.advance(2_000);
    const source = { source: 'event_store' };
    expect(sampleOf(await metrics(), 'eventcore_error_rate_ratio', source)).toBe(0.25);
    const critical = { ...source, error_type: 'Renamed', category: 'critical' };
    expect(sampleOf(await metrics(), 'eventcore_errors_total', critical)).toBe(1);
    clock.advance(61_000);
    expect(sampleOf(await metrics(), 'eventcore_error_rate_ratio', source)).toBe(0);
  });

  it('An application with an event store uses its store as it is when nothing is recorded', async () => {
    const { application } = await start({ enabled: false });
    const raw = { append: () => 1, readStream: () => 1 };
    expect(application.service.instrumentEventStore(raw, plainAdapter)).toBe(raw);
  });

  it('An application with an event store does not start with a store that lacks what its adapter names', async () => {
    const wrong = {
      ...eventStore,
      useFactory: (observability: ObservabilityService) =>
        observability.instrumentEventStore(getInMemoryEventStore(), plainAdapter),
    };
    const starting = RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ isGlobal: true })],
      providers: [wrong],
    });
    await expect(starting).rejects.toThrow(
      /OBS_EVENT_STORE_METHOD.*\n.*"append": the store has the methods aggregateStream, readStream/,
    );
  });
});
