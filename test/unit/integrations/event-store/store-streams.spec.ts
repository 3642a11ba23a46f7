import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { EventStoreAdapter } from '../../../../lib/integrations/event-store/index.js';
import { RecordedStores } from './recorded-store.js';

const adapter: EventStoreAdapter = {
  methods: {
    read: { operation: 'read', stream: (stream: string) => stream },
    follow: { operation: 'subscribe', live: true, optional: true },
  },
};

/** A store whose `read` returns what is given. */
function reading<T>(result: () => T) {
  const recorded = new RecordedStores();
  const raw = { read: (_stream: string) => result() };
  const store = recorded.instrumentation.instrument(raw, adapter, {});
  return { recorded, read: () => store.read('cart-1') };
}

const readable = () => Readable.from([1, 2, 3]);

const drain = async (source: AsyncIterable<unknown> | Iterable<unknown>) => {
  const items: unknown[] = [];
  for await (const item of source) items.push(item);
  return items;
};

describe('a stream of Node that a read returns', () => {
  it('A stream of Node that a read returns is the very stream, and is counted to its end', async () => {
    const source = readable();
    const { recorded, read } = reading(() => source);
    const stream = read();
    expect(stream).toBe(source);
    expect(Object.keys(stream)).toEqual(Object.keys(readable()));
    expect(recorded.operations).toEqual({});
    expect(await drain(stream)).toEqual([1, 2, 3]);
    expect(recorded.operations).toEqual({ 'read success': 1 });
    expect(recorded.of('events_read_total')).toEqual({ cart: 3 });
  });

  it('A stream of Node that a read returns takes the time that its consumer takes', async () => {
    const { recorded, read } = reading(readable);
    for await (const _ of read()) recorded.clock.advance(10);
    expect(recorded.of('event_store_latency_seconds')).toEqual({ 'read success': 0.03 });
  });

  it.each<[string, (stream: Readable) => Promise<unknown>]>([
    [
      'a listener of data',
      (stream) =>
        new Promise((resolve) => stream.on('data', () => undefined).on('end', () => resolve(1))),
    ],
    ['a pipeline', (stream) => pipeline(stream, new PassThrough({ objectMode: true }).resume())],
    ['toArray', (stream) => stream.toArray()],
    [
      'read() when it is readable',
      (stream) =>
        new Promise((resolve) =>
          stream
            .on('readable', () => {
              while (stream.read() !== null);
            })
            .on('end', () => resolve(1)),
        ),
    ],
  ])(
    'A stream of Node that a read returns is counted when it is consumed by %s',
    async (_how, consume) => {
      const { recorded, read } = reading(readable);
      await consume(read());
      expect(recorded.of('events_read_total')).toEqual({ cart: 3 });
      expect(recorded.operations).toEqual({ 'read success': 1 });
    },
  );

  it('A stream of Node that a read returns counts what was consumed when its consumer leaves early', async () => {
    const { recorded, read } = reading(readable);
    const stream = read();
    for await (const item of stream) if (item === 2) break;
    if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
    expect(recorded.of('events_read_total')).toEqual({ cart: 2 });
    expect(recorded.operations).toEqual({ 'read success': 1 });
  });

  it('A stream of Node that a read returns produces nothing ahead of its consumer', async () => {
    let produced = 0;
    const source = () =>
      new Readable({
        objectMode: true,
        highWaterMark: 1,
        read() {
          this.push(++produced);
        },
      });
    const { read } = reading(source);
    for await (const item of read()) if (item === 3) break;
    expect(produced).toBeLessThan(6);
  });

  it('A stream of Node that a read returns fails with its own error', async () => {
    const error = new Error('broken');
    const { recorded, read } = reading(() =>
      Readable.from(
        (function* () {
          yield 1;
          throw error;
        })(),
      ),
    );
    await expect(drain(read())).rejects.toBe(error);
    expect(recorded.operations).toEqual({ 'read failure': 1 });
    expect(recorded.of('events_read_total')).toEqual({ cart: 1 });
  });

  it('A stream of Node that a read returns keeps an error that nobody listens to unhandled', () => {
    const { read } = reading(() => new PassThrough());
    const stream = read();
    expect(() => stream.emit('error', new Error('nobody listens'))).toThrow('nobody listens');
  });

  it('A stream of Node that a read returns ends when a client lets it be cancelled', async () => {
    const source = () =>
      Object.assign(new PassThrough({ objectMode: true }), { cancel: async () => 'cancelled' });
    const { recorded, read } = reading(source);
    expect(await read().cancel()).toBe('cancelled');
    expect(recorded.operations).toEqual({ 'read success': 1 });
  });

  it('A stream of Node that a read returns is counted when it is promised', async () => {
    const { recorded, read } = reading(async () => readable());
    const stream = await read();
    expect(recorded.operations).toEqual({});
    expect(await drain(stream)).toHaveLength(3);
    expect(recorded.operations).toEqual({ 'read success': 1 });
  });

  it('A stream of Node that a read returns that takes no other emit is left alone', async () => {
    const source = Object.freeze(new PassThrough({ objectMode: true }));
    const { recorded, read } = reading(() => source);
    expect(read()).toBe(source);
    expect(recorded.operations).toEqual({ 'read success': 1 });
  });
});

describe('what else a read returns', () => {
  it.each<[string, () => AsyncIterable<unknown> | Iterable<unknown>]>([
    [
      'an async generator',
      async function* () {
        yield* [1, 2, 3];
      },
    ],
    [
      'a generator',
      function* () {
        yield* [1, 2, 3];
      },
    ],
    [
      'an async iterable',
      () => ({
        async *[Symbol.asyncIterator]() {
          yield* [1, 2, 3];
        },
      }),
    ],
  ])('A read result is counted to its end: %s', async (_kind, make) => {
    const { recorded, read } = reading(make);
    const result = read();
    expect(recorded.operations).toEqual({});
    expect(await drain(result)).toEqual([1, 2, 3]);
    expect(recorded.operations).toEqual({ 'read success': 1 });
    expect(recorded.of('events_read_total')).toEqual({ cart: 3 });
  });

  it('A promise of an async generator is counted to its end', async () => {
    const { recorded, read } = reading(async () =>
      (async function* () {
        yield [1, 2];
        yield [3];
      })(),
    );
    expect(await drain(await read())).toEqual([[1, 2], [3]]);
    expect(recorded.of('events_read_total')).toEqual({ cart: 3 });
    expect(recorded.operations).toEqual({ 'read success': 1 });
  });

  it('An async generator that is left early counts what was consumed', async () => {
    const { recorded, read } = reading(async function* () {
      yield* [1, 2, 3];
    });
    for await (const item of read()) if (item === 2) break;
    expect(recorded.of('events_read_total')).toEqual({ cart: 2 });
    expect(recorded.operations).toEqual({ 'read success': 1 });
  });

  it('An Observable is counted for each subscription', async () => {
    const { recorded, read } = reading(() => of(1, 2, 3));
    const result = read();
    expect(recorded.operations).toEqual({});
    expect(await lastValueFrom(result.pipe(toArray()))).toEqual([1, 2, 3]);
    await lastValueFrom(result);
    expect(recorded.operations).toEqual({ 'read success': 2 });
    expect(recorded.of('events_read_total')).toEqual({ cart: 6 });
  });

  it.each([
    ['a list', [1, 2], 2],
    ['an object with its events', { events: [1, 2, 3] }, 3],
    ['an object without', { state: 1 }, 0],
  ])('A read result is counted at once: %s', (_kind, result, events) => {
    const { recorded, read } = reading(() => result);
    expect(read()).toBe(result);
    expect(recorded.operations).toEqual({ 'read success': 1 });
    expect(recorded.of('events_read_total')).toEqual(events === 0 ? {} : { cart: events });
  });

  it.each<[string, (stream: ReadableStream<number>) => Promise<void>]>([
    [
      'a loop',
      async (it) => {
        for await (const _ of it);
      },
    ],
    [
      'a reader',
      async (it) => {
        const reader = it.getReader();
        while (!(await reader.read()).done);
      },
    ],
  ])('A web stream counts what its consumer has read: %s', async (_kind, consume) => {
    const { recorded, read } = reading(() => ReadableStream.from([1, 2, 3]));
    const stream = read();
    expect(recorded.operations).toEqual({});
    await consume(stream);
    expect(recorded.of('events_read_total')).toEqual({ cart: 3 });
    expect(recorded.operations).toEqual({ 'read success': 1 });
  });

  it('A stream that nobody consumes ends when it is collected', async () => {
    const { recorded, read } = reading(() => new PassThrough());
    read();
    // A result is followed from its second second on.
    const endMs = Date.now() + 15_000;
    while (Date.now() < endMs && recorded.operations['read success'] === undefined) {
      global.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(recorded.operations).toEqual({ 'read success': 1 });
  });
});

describe('a subscription', () => {
  const following = () => {
    const recorded = new RecordedStores();
    const source = new PassThrough({ objectMode: true });
    const raw = { read: () => 1, follow: () => source };
    const store = recorded.instrumentation.instrument(raw, adapter, {});
    return { recorded, subscription: store.follow() };
  };

  it('A subscription has succeeded when it is confirmed, and counts what comes', async () => {
    const { recorded, subscription } = following();
    recorded.clock.advance(5);
    subscription.emit('confirmation');
    expect(recorded.of('event_store_latency_seconds')).toEqual({ 'subscribe success': 0.005 });
    for (const n of [1, 2]) subscription.write(n);
    for await (const n of subscription) if (n === 2) break;
    expect(recorded.operations).toEqual({ 'subscribe success': 1 });
    expect(recorded.of('events_read_total')).toEqual({ unknown: 2 });
  });

  it('A subscription fails when it breaks before that', () => {
    const { recorded, subscription } = following();
    subscription.on('error', () => undefined).emit('error', new TypeError('refused'));
    expect(recorded.operations).toEqual({ 'subscribe failure': 1 });
  });

  it('A subscription counts an error that breaks it later, without an operation', () => {
    const { recorded, subscription } = following();
    subscription.emit('confirmation');
    subscription.on('error', () => undefined).emit('error', new TypeError('dropped'));
    expect(recorded.operations).toEqual({ 'subscribe success': 1 });
    expect(recorded.of('errors_total')).toEqual({ 'event_store TypeError permanent': 1 });
  });
});
