import {
  CommandHandler,
  type Event,
  type EventStore,
  getInMemoryEventStore,
} from '@event-driven-io/emmett';
import { describe, expect, it } from 'vitest';
import {
  emmettAdapter,
  emmettStreamCount,
} from '../../../../lib/integrations/event-store/index.js';
import { RecordedStores } from './recorded-store.js';

type Added = Event<'Added', { sku: string }>;

const added: Added = { type: 'Added', data: { sku: 'mug' } };
const evolve = (count: number, _event: Added) => count + 1;
const initialState = () => 0;

const instrumented = () => {
  const recorded = new RecordedStores();
  const raw = getInMemoryEventStore();
  return { recorded, raw, store: recorded.instrumentation.instrument(raw, emmettAdapter, {}) };
};

describe('an event store of Emmett', () => {
  it('An event store of Emmett aggregates a stream in one operation, with the events that it folds', async () => {
    const { recorded, raw, store } = instrumented();
    await raw.appendToStream('cart-1', [added, added, added]);
    const options = { evolve, initialState };
    const { state } = await store.aggregateStream('cart-1', options);
    expect(state).toBe(3);
    expect(options.evolve).toBe(evolve);
    expect(recorded.operations).toEqual({ 'aggregate success': 1 });
    expect(recorded.of('events_read_total')).toEqual({ cart: 3 });
  });

  it('An event store of Emmett is asked whether a stream exists without reading it', async () => {
    const { recorded, store } = instrumented();
    expect(await store.streamExists('cart-1')).toBe(false);
    expect(recorded.operations).toEqual({ 'exists success': 1 });
    expect(recorded.of('events_read_total')).toEqual({});
  });

  it('An event store of Emmett is seen through Emmett’s own command handler', async () => {
    const { recorded, store } = instrumented();
    const handle = CommandHandler<number, Added>({ evolve, initialState });
    await handle(store, 'cart-1', () => [added, added]);
    expect(recorded.operations).toEqual({ 'aggregate success': 1, 'append success': 1 });
    expect(recorded.of('events_written_total')).toEqual({ cart: 2 });
  });

  it('An event store of Emmett is seen in the sessions that it gives to a command handler', async () => {
    const recorded = new RecordedStores();
    const inner = getInMemoryEventStore();
    const raw = {
      ...inner,
      withSession: async <T>(
        work: (session: { eventStore: EventStore; close(): Promise<void> }) => Promise<T>,
      ) =>
        work({ eventStore: { ...inner } as unknown as EventStore, close: async () => undefined }),
    };
    const store = recorded.instrumentation.instrument(raw, emmettAdapter, {});
    const handle = CommandHandler<number, Added>({ evolve, initialState });
    await handle(store as unknown as EventStore, 'cart-1', () => added);
    expect(recorded.operations).toEqual({ 'aggregate success': 1, 'append success': 1 });
  });

  it('An event store of Emmett tells the versions of the streams that are named', async () => {
    const recorded = new RecordedStores();
    const store = recorded.instrumentation.instrument(getInMemoryEventStore(), emmettAdapter, {
      streamVersions: ['cart-1'],
    });
    await store.appendToStream('cart-1', [added, added]);
    await store.appendToStream('cart-2', [added]);
    expect(recorded.of('stream_versions')).toEqual({ 'cart-1': 2 });
  });

  it('An event store of Emmett has its streams counted in SQL', async () => {
    const statements: string[] = [];
    const count = emmettStreamCount({
      query: async (text) => {
        statements.push(text);
        return { rows: [{ streams: '12' }] };
      },
    });
    expect(await count()).toBe(12);
    expect(statements[0]).toContain('emt_streams');
  });
});
