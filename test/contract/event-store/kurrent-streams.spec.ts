import { once } from 'node:events';
import { jsonEvent, KurrentDBClient } from '@kurrent/kurrentdb-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kurrentAdapter } from '../../../lib/integrations/event-store/index.js';
import { RecordedStores } from '../../unit/integrations/event-store/recorded-store.js';
import { KurrentDouble } from './kurrent-double.js';

describe('streams of the client of KurrentDB', () => {
  let server: KurrentDouble;
  let raw: KurrentDBClient;
  let recorded: RecordedStores;
  let client: KurrentDBClient;

  beforeAll(async () => {
    server = await new KurrentDouble().open();
    raw = KurrentDBClient.connectionString(server.url);
    const events = ['mug', 'pot', 'cup'].map((sku) => jsonEvent({ type: 'Added', data: { sku } }));
    await raw.appendToStream('cart-1', events);
  }, 60_000);

  afterAll(async () => {
    await raw.dispose();
    server.close();
  });

  beforeEach(() => {
    recorded = new RecordedStores();
    client = recorded.instrumentation.instrument(raw, kurrentAdapter, {});
  });

  it('Streams of the client of KurrentDB count what a reader of everything consumes before it leaves', async () => {
    let seen = 0;
    for await (const _ of client.readAll()) if (++seen === 2) break;
    expect(recorded.operations).toEqual({ 'read_all success': 1 });
    expect(recorded.of('events_read_total')).toEqual({ all: 2 });
  });

  it('Streams of the client of KurrentDB are subscriptions that count what they bring, and end when they are given up', async () => {
    const subscription = client.subscribeToStream('cart-1');
    const skus: unknown[] = [];
    for await (const { event } of subscription) {
      skus.push(event?.data);
      if (skus.length === 3) break;
    }
    await subscription.unsubscribe();
    expect(skus).toEqual([{ sku: 'mug' }, { sku: 'pot' }, { sku: 'cup' }]);
    expect(recorded.operations).toEqual({ 'subscribe success': 1 });
    expect(recorded.of('events_read_total')).toEqual({ cart: 3 });
  });

  it('Streams of the client of KurrentDB are subscriptions that say when they were dropped', async () => {
    const subscription = client.subscribeToAll();
    await once(
      subscription.on('data', () => undefined),
      'confirmation',
    );
    const dropped = once(subscription, 'error').catch((error: unknown) => [error]);
    server.dropSubscriptions();
    const [error] = (await dropped) as [Error];
    expect(error.constructor.name).toBe('UnavailableError');
    expect(recorded.operations).toEqual({ 'subscribe success': 1 });
    expect(recorded.of('errors_total')).toEqual({ 'event_store UnavailableError transient': 1 });
  });
});
