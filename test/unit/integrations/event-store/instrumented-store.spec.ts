import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../../lib/index.js';
import {
  type EventStoreAdapter,
  type EventStoreOperationOptions,
  plainAdapter,
} from '../../../../lib/integrations/event-store/index.js';
import { ConcurrencyError, PlainStore } from '../../../contract/event-store/plain-double.js';
import { RecordedStores } from './recorded-store.js';

const mug = { type: 'Added', sku: 'mug' };

const adapter: EventStoreAdapter = {
  methods: {
    append: {
      operation: 'append',
      stream: (stream: string) => stream,
      events: (_result, _stream, events: readonly unknown[]) => events,
    },
  },
};

async function drain<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('an instrumented store', () => {
  it('An instrumented store is what the store is, to whoever looks', async () => {
    const { instrumentation } = new RecordedStores();
    const raw = new PlainStore();
    const store = instrumentation.instrument(raw, plainAdapter, {});
    expect(store).toBeInstanceOf(PlainStore);
    expect(store.constructor).toBe(PlainStore);
    expect(store.append).toBe(store.append);
    expect([store.append.name, store.append.length]).toEqual(['append', raw.append.length]);
    expect(Object.keys(store)).toEqual(Object.keys(raw));
    expect('readAll' in store).toBe(true);
  });

  it('An instrumented store gives the methods and getters of the store their private fields', async () => {
    const { instrumentation } = new RecordedStores();
    const store = instrumentation.instrument(new PlainStore(), plainAdapter, {});
    expect(await store.append('cart-1', [mug])).toBe(1);
    expect(store.size).toBe(1);
    expect(await drain(store.readStream('cart-1'))).toEqual([mug]);
  });

  it('An instrumented store stays observed behind a method that returns the store', async () => {
    const recorded = new RecordedStores();
    const store = recorded.instrumentation.instrument(new PlainStore(), plainAdapter, {});
    expect(store.tenant()).toBe(store);
    await store.tenant().append('cart-1', [mug]);
    expect(recorded.operations).toEqual({ 'append success': 1 });
  });

  it('An instrumented store counts a method once that is made of others', async () => {
    const recorded = new RecordedStores();
    const store = recorded.instrumentation.instrument(new PlainStore(), plainAdapter, {});
    await store.append('cart-1', [mug, mug]);
    await store.append('order-1', [mug]);
    expect(await drain(store.readAll())).toHaveLength(3);
    expect(recorded.operations).toEqual({ 'append success': 2, 'read_all success': 1 });
    expect(recorded.of('events_read_total')).toEqual({ all: 3 });
  });

  it('An instrumented store is made once of one store, and not made of itself', async () => {
    const recorded = new RecordedStores();
    const raw = new PlainStore();
    const store = recorded.instrumentation.instrument(raw, plainAdapter, {});
    expect(recorded.instrumentation.instrument(raw, plainAdapter, {})).toBe(store);
    const twice = recorded.instrumentation.instrument(store, plainAdapter, {});
    expect(twice).toBe(store);
    await twice.append('cart-1', [mug]);
    expect(recorded.operations).toEqual({ 'append success': 1 });
  });

  it('An instrumented store reports to its own application, not to another one with the same store', async () => {
    const [one, other] = [new RecordedStores(), new RecordedStores()];
    const raw = new PlainStore();
    const store = one.instrumentation.instrument(raw, plainAdapter, {});
    other.instrumentation.instrument(raw, plainAdapter, {});
    await store.append('cart-1', [mug]);
    expect(one.operations).toEqual({ 'append success': 1 });
    expect(other.operations).toEqual({});
    await raw.append('cart-1', [mug]);
    expect(one.operations).toEqual({ 'append success': 1 });
  });

  it('An instrumented store observes closures, also when they are called without it or on a copy', async () => {
    const recorded = new RecordedStores();
    const streams: string[] = [];
    const raw = {
      streams,
      append: async (stream: string, _events: unknown[]) => streams.push(stream),
    };
    const store = recorded.instrumentation.instrument(raw, adapter, {});
    const { append } = store;
    await append('cart-1', [1]);
    await { ...store }.append('cart-2', [1, 2]);
    expect(store.streams).toBe(streams);
    expect(streams).toEqual(['cart-1', 'cart-2']);
    expect(recorded.of('events_written_total')).toEqual({ cart: 3 });
  });

  it('An instrumented store observes a store that is frozen', async () => {
    const recorded = new RecordedStores();
    const raw = Object.freeze({ name: 'frozen', append: async (_stream: string) => 7 });
    const store = recorded.instrumentation.instrument(raw, adapter, {});
    expect(await store.append('cart-1')).toBe(7);
    expect({ ...store }.name).toBe('frozen');
    expect(Object.keys(store)).toEqual(['name', 'append']);
    expect('append' in store).toBe(true);
    expect(() => ((store as { name: string }).name = 'other')).toThrow(TypeError);
    expect(recorded.operations).toEqual({ 'append success': 1 });
  });

  it('An instrumented store observes a method that a getter gives and one that is replaced later', async () => {
    const recorded = new RecordedStores();
    class Lazy {
      #append = async (_stream: string) => 'first';
      get append() {
        return this.#append;
      }
      set append(method) {
        this.#append = method;
      }
    }
    const store = recorded.instrumentation.instrument(new Lazy(), adapter, {});
    expect(await store.append('cart-1')).toBe('first');
    store.append = async () => 'second';
    expect(await store.append('cart-1')).toBe('second');
    expect(recorded.operations).toEqual({ 'append success': 2 });
  });

  it('An instrumented store takes as long as its operations take', async () => {
    const recorded = new RecordedStores();
    const raw = { append: async (_stream: string) => recorded.clock.advance(20) };
    await recorded.instrumentation.instrument(raw, adapter, {}).append('cart-1');
    expect(recorded.of('event_store_latency_seconds')).toEqual({ 'append success': 0.02 });
  });
});

describe('what a store does wrong', () => {
  const failing = (append: () => unknown) => {
    const recorded = new RecordedStores();
    return { recorded, store: recorded.instrumentation.instrument({ append }, adapter, {}) };
  };

  it('A faulty result of a store reaches the caller as it is when it is thrown at once', () => {
    const error = new ConcurrencyError();
    const { recorded, store } = failing(() => {
      throw error;
    });
    expect(() => store.append()).toThrow(error);
    expect(recorded.operations).toEqual({ 'append failure': 1 });
    expect(recorded.of('errors_total')).toEqual({ 'event_store ConcurrencyError transient': 1 });
  });

  it.each([[null], ['text'], [undefined]])(
    'A faulty result of a store reaches the caller when %o is thrown',
    async (thrown) => {
      const { recorded, store } = failing(async () => {
        throw thrown;
      });
      await expect(store.append()).rejects.toBe(thrown);
      expect(recorded.of('errors_total')).toEqual({ 'event_store unknown permanent': 1 });
    },
  );

  it('A faulty result of a store is a success when it returns nothing', () => {
    const { recorded, store } = failing(() => undefined);
    expect(store.append()).toBeUndefined();
    expect(recorded.operations).toEqual({ 'append success': 1 });
  });

  it('A faulty result of a store is left alone when it is a thenable that starts when it is asked', () => {
    let asked = 0;
    const lazy = {
      // oxlint-disable-next-line unicorn/no-thenable -- a query builder is one
      then: () => void asked++,
      [Symbol.asyncIterator]: () => void asked++,
    };
    const { recorded, store } = failing(() => lazy);
    expect(store.append()).toBe(lazy);
    expect(asked).toBe(0);
    expect(recorded.operations).toEqual({ 'append success': 1 });
  });
});

describe('what an adapter does wrong', () => {
  const broken: () => never = () => {
    throw new Error('broken');
  };

  it.each<[hook: string, hooks: EventStoreOperationOptions]>([
    ['stream', { stream: broken }],
    ['events', { events: broken }],
    ['events', { events: () => -1 }],
    ['prepare', { prepare: broken }],
    ['prepare', { prepare: () => 'no list' as never }],
    ['conflicted', { conflicted: broken }],
    ['events', { events: (async () => 1) as never }],
    ['version', { version: broken, stream: () => 'stock-mug' }],
  ])('A fault of an adapter in %s is counted and changes nothing', async (_hook, hooks) => {
    const recorded = new RecordedStores();
    const described = { methods: { append: { operation: 'append', ...hooks } } };
    const raw = { append: async (value: number) => value + 1 };
    const store = recorded.instrumentation.instrument(raw, described, {
      streamVersions: ['stock-mug'],
    });
    expect(await store.append(1)).toBe(2);
    expect(recorded.operations).toEqual({ 'append success': 1 });
    expect(recorded.faults).toEqual(['event_store']);
  });

  it.each([
    [broken],
    [() => 5 as never],
    [() => [null] as never],
    [() => [{ stream: 1 }] as never],
  ])(
    'A fault of an adapter in the events per stream is counted and changes nothing: %#',
    async (perStream) => {
      const recorded = new RecordedStores();
      const described = { methods: { append: { operation: 'append', perStream } } };
      const raw = { append: async () => 2 };
      const store = recorded.instrumentation.instrument(raw, described, {});
      expect(await store.append()).toBe(2);
      expect(recorded.operations).toEqual({ 'append success': 1 });
      expect(new Set(recorded.faults)).toEqual(new Set(['event_store']));
    },
  );

  it('A fault of an adapter in a category makes it unknown', async () => {
    const recorded = new RecordedStores();
    const raw = { append: async (_stream: string, _events: unknown[]) => 1 };
    for (const category of [broken, () => '', () => 5 as never]) {
      const store = recorded.instrumentation.instrument({ ...raw }, adapter, { category });
      await store.append('cart-1', [1]);
    }
    expect(recorded.of('events_written_total')).toEqual({ unknown: 3 });
    expect(recorded.faults).toEqual(['event_store', 'event_store', 'event_store']);
  });

  it('A fault of an adapter in a conflict leaves a failure', async () => {
    const recorded = new RecordedStores();
    const error = new Error('moved');
    const raw = { append: async () => Promise.reject(error) };
    const store = recorded.instrumentation.instrument(raw, { ...adapter, conflict: broken }, {});
    await expect(store.append()).rejects.toBe(error);
    expect(recorded.operations).toEqual({ 'append failure': 1 });
    expect(recorded.of('event_store_conflicts_total')).toEqual({});
  });

  it('A fault of an adapter in a session is counted, and the session is the store’s own', () => {
    const recorded = new RecordedStores();
    const described = { ...adapter, sessions: { withSession: broken } };
    const raw = { append: () => 1, withSession: (work: () => number) => work() };
    const store = recorded.instrumentation.instrument(raw, described, {});
    expect(store.withSession(() => 5)).toBe(5);
    expect(recorded.faults).toEqual(['event_store']);
  });
});

describe('a wrong configuration', () => {
  const problemOf = (store: unknown, given: unknown, options: unknown = {}) => {
    try {
      new RecordedStores().instrumentation.instrument(
        store as object,
        given as EventStoreAdapter,
        options as object,
      );
      return undefined;
    } catch (error) {
      const { code, problems } = error as ConfigurationError;
      return { code, ...problems[0] };
    }
  };

  it('A wrong configuration names a method that is missing, and those that exist', () => {
    class Store {
      save(): void {}
      load = (): void => undefined;
      get size(): number {
        throw new Error('not to be asked');
      }
    }
    expect(problemOf(new Store(), plainAdapter)).toMatchObject({
      code: 'OBS_EVENT_STORE_METHOD',
      value: 'append',
      rule: 'the store has the methods load, save',
    });
    expect(problemOf({}, plainAdapter)?.rule).toBe('the store has the methods none');
  });

  it.each([
    [null, plainAdapter, {}, 'event store'],
    [{}, undefined, {}, 'event store adapter'],
    [{}, { methods: {} }, {}, 'event store adapter, methods'],
    [{}, { ...plainAdapter, conflicts: () => true }, {}, 'event store adapter, conflicts'],
    [{}, { methods: { save: null } }, {}, 'event store adapter, methods.save'],
    [
      {},
      { methods: { save: { operation: '' } } },
      {},
      'event store adapter, methods.save.operation',
    ],
    [
      {},
      { methods: { save: { operation: 'a', stream: 1 } } },
      {},
      'event store adapter, methods.save.stream',
    ],
    [
      {},
      { methods: { save: { operation: 'a', strem: 1 } } },
      {},
      'event store adapter, methods.save.strem',
    ],
    [{}, { ...plainAdapter, system: '' }, {}, 'event store adapter, system'],
    [{}, { ...plainAdapter, conflict: 1 }, {}, 'event store adapter, conflict'],
    [{}, plainAdapter, 5, 'event store options'],
    [{}, plainAdapter, { separator: '' }, 'event store options, separator'],
    [{}, plainAdapter, { category: 'order' }, 'event store options, category'],
    [
      {},
      plainAdapter,
      { activeStreamsIntervalMs: 5 },
      'event store options, activeStreamsIntervalMs',
    ],
    [{}, plainAdapter, { streamVersions: 'all' }, 'event store options, streamVersions'],
    [{}, plainAdapter, { activestreams: 1 }, 'event store options, activestreams'],
  ])(
    'A wrong event-store configuration stops the start: %# names %4$s',
    (store, given, options, subject) => {
      expect(problemOf(store, given, options)).toMatchObject({
        code: 'OBS_EVENT_STORE_ADAPTER',
        subject,
      });
    },
  );
});

describe('the trace context of events', () => {
  const carry = (metadata: unknown) => ({ ...(metadata as object), traceparent: '00-1' });

  it('The trace context of events is written into copies: the events of the caller stay what they are', async () => {
    const { instrumentation } = new RecordedStores(carry);
    const store = instrumentation.instrument(new PlainStore(), plainAdapter, {});
    const events = Object.freeze([
      Object.freeze({ ...mug, metadata: Object.freeze({ by: 'me' }) }),
    ]);
    await store.append('cart-1', events);
    expect(events[0]?.metadata).toEqual({ by: 'me' });
    const metadata = { by: 'me', traceparent: '00-1' };
    expect(await drain(store.readStream('cart-1'))).toEqual([{ ...mug, metadata }]);
  });

  it('The trace context of events is left out when the store does not want it', async () => {
    const { instrumentation } = new RecordedStores(carry);
    const raw = new PlainStore();
    const store = instrumentation.instrument(raw, plainAdapter, { traceContext: false });
    await store.append('cart-1', [mug]);
    expect((await drain(raw.readStream('cart-1')))[0]).toBe(mug);
  });

  it('The trace context of events is not written into an instance of a class, whose private fields a copy would lack', async () => {
    const { instrumentation } = new RecordedStores(carry);
    const store = instrumentation.instrument(new PlainStore(), plainAdapter, {});
    class Added {
      readonly type = 'Added';
      readonly #sku = 'mug';
      get sku(): string {
        return this.#sku;
      }
    }
    const event = new Added();
    await store.append('cart-1', [event]);
    expect((await drain(store.readStream('cart-1')))[0]).toBe(event);
  });

  it('The trace context of events hands the very events on when there is nothing to write', async () => {
    const { instrumentation } = new RecordedStores();
    const seen: unknown[] = [];
    const raw = { append: async (...args: unknown[]) => seen.push(...args), readStream: () => 1 };
    const events = [mug];
    await instrumentation.instrument(raw, plainAdapter, {}).append('cart-1', events);
    expect(seen[1]).toBe(events);
  });
});

describe('the version of a stream', () => {
  it('The version of a stream is published for the streams that are named, and never falls', async () => {
    const recorded = new RecordedStores();
    const raw = { append: async (_stream: string, version: number) => version };
    const store = recorded.instrumentation.instrument(
      raw,
      {
        methods: {
          append: {
            operation: 'append',
            stream: (stream: string) => stream,
            version: (version: number) => version,
          },
        },
      },
      { streamVersions: ['stock-mug'] },
    );
    await store.append('stock-mug', 3);
    await store.append('stock-mug', 2);
    await store.append('stock-pot', 9);
    expect(recorded.of('stream_versions')).toEqual({ 'stock-mug': 3 });
  });
});
