import { ROOT_CONTEXT } from '@opentelemetry/api';
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { ConfigurationError } from '../../../../../lib/kernel/configuration-error.js';
import { REMEMBERED_TRACES } from '../../../../../lib/tracing/store/memory/trace-ring.js';
import {
  InMemoryTraceStore,
  type TraceStoreUsage,
} from '../../../../../lib/tracing/store/memory/in-memory-trace-store.js';
import type { InMemoryTraceStoreOptions } from '../../../../../lib/tracing/store/memory/in-memory-trace-store-options.js';
import type { EndedSpan } from '../../../../../lib/tracing/store/memory/span-copy.js';
import type { StoredTrace } from '../../../../../lib/tracing/store/stored-trace.js';
import { endedSpan, type SpanParts, traceIdOf } from './span-fixtures.js';

function storeWith(options: InMemoryTraceStoreOptions, ...spans: readonly SpanParts[]) {
  const store = new InMemoryTraceStore(options);
  for (const span of spans) store.onEnd(endedSpan(span));
  return store;
}

async function traceIn(store: InMemoryTraceStore, trace: string | number) {
  const result = await store.getTrace(traceIdOf(trace));
  if (!result.ok) throw result.error;
  return result.value;
}

async function tracesIn(store: InMemoryTraceStore): Promise<readonly StoredTrace[]> {
  const result = await store.findTraces({ limit: 1000 });
  return result.ok ? result.value : [];
}

const numbersOf = (traces: readonly StoredTrace[]) => traces.map((it) => Number(it.traceId));

describe('The in-memory store as a span processor', () => {
  test('The in-memory store as a span processor is one by its type, and takes the spans of the SDK', async () => {
    expectTypeOf<InMemoryTraceStore>().toExtend<SpanProcessor>();
    const store = new InMemoryTraceStore();
    const provider = new BasicTracerProvider({ spanProcessors: [store] });
    const span = provider.getTracer('test').startSpan('work', {}, ROOT_CONTEXT);
    expect(store.usage().spans).toBe(0);
    span.end();
    expect(store.usage().spans).toBe(1);
    const found = await store.getTrace(span.spanContext().traceId);
    expect(found).toMatchObject({ ok: true, value: { complete: true, spans: [{ name: 'work' }] } });
  });

  test('The in-memory store as a span processor leaves out what is recorded without being sampled', () => {
    expect(storeWith({}, { trace: 1, sampled: false }).usage().spans).toBe(0);
  });

  test('The in-memory store as a span processor keeps what is recorded without being sampled when it is asked to', () => {
    expect(storeWith({ unsampled: true }, { trace: 1, sampled: false }).usage().spans).toBe(1);
  });

  test('The in-memory store as a span processor takes nothing after shutdown, and can still be read', async () => {
    const store = storeWith({}, { trace: 1 });
    await store.forceFlush();
    await store.shutdown();
    store.onEnd(endedSpan({ trace: 2 }));
    expect(numbersOf(await tracesIn(store))).toEqual([1]);
  });

  test('The in-memory store as a span processor is empty after clear, and takes spans again', async () => {
    const store = storeWith({}, { trace: 1 });
    store.clear();
    expect(store.usage()).toMatchObject({ traces: 0, spans: 0, bytes: 0 });
    store.onEnd(endedSpan({ trace: 2 }));
    expect(numbersOf(await tracesIn(store))).toEqual([2]);
  });

  const unreadable: readonly [string, unknown][] = [
    ['nothing', undefined],
    ['an object of something else', {}],
    [
      'a span whose attributes throw',
      {
        ...endedSpan({ trace: 1 }),
        get attributes() {
          throw new Error('no');
        },
      },
    ],
  ];

  test.each(unreadable)(
    'The in-memory store as a span processor counts %s as a fault and does not throw',
    (_, span) => {
      const onFault = vi.fn<(error: unknown) => void>();
      const store = new InMemoryTraceStore({ onFault });
      store.onEnd(span as EndedSpan);
      expect(store.usage()).toEqual<TraceStoreUsage>({
        traces: 0,
        spans: 0,
        bytes: 0,
        droppedSpans: 0,
        faults: 1,
      });
      expect(onFault).toHaveBeenCalledWith(expect.any(Error));
    },
  );

  test('The in-memory store as a span processor does not throw when whoever is told about a fault throws', () => {
    const store = new InMemoryTraceStore({
      onFault: () => {
        throw new Error('no');
      },
    });
    expect(() => store.onEnd({} as EndedSpan)).not.toThrow();
  });
});

describe('A full in-memory store', () => {
  test('A full in-memory store gives up the whole trace that has waited longest for its next span', async () => {
    const store = storeWith(
      { maxSpans: 4 },
      { trace: 1 },
      { trace: 2, id: 1 },
      { trace: 2, id: 2 },
      { trace: 1, id: 2 },
      { trace: 3 },
    );
    expect(numbersOf(await tracesIn(store)).toSorted()).toEqual([1, 3]);
    expect(store.usage()).toMatchObject({ traces: 2, spans: 3, droppedSpans: 2 });
  });

  test('A full in-memory store gives up as many traces as a large span needs', async () => {
    const large = { long: 'x'.repeat(25_000) };
    const store = storeWith(
      { maxBytes: 65_536, textLimit: 30_000 },
      { trace: 1 },
      { trace: 2 },
      { trace: 3, attributes: large },
      { trace: 4, attributes: large },
    );
    expect(numbersOf(await tracesIn(store))).toEqual([4]);
  });

  test('A full in-memory store drops the new spans of the last trace that is left, and counts them', async () => {
    const store = storeWith(
      { maxSpans: 2 },
      { trace: 1, id: 1 },
      { trace: 1, id: 2, parent: 1 },
      { trace: 1, id: 3, parent: 1 },
    );
    expect(await traceIn(store, 1)).toMatchObject({
      spans: [{}, {}],
      droppedSpans: 1,
      complete: false,
    });
  });

  test('A full in-memory store drops the spans of a trace beyond its own limit, and keeps the other traces', async () => {
    const store = storeWith(
      { maxSpansPerTrace: 1 },
      { trace: 1 },
      { trace: 2, id: 1 },
      { trace: 2, id: 2 },
    );
    expect(numbersOf(await tracesIn(store))).toEqual([1, 2]);
    expect((await traceIn(store, 2))?.droppedSpans).toBe(1);
  });

  test('A full in-memory store drops a span that is larger than all it may hold, and gives up nothing for it', async () => {
    const attributes = { long: 'x'.repeat(70_000) };
    const store = storeWith(
      { maxBytes: 65_536, textLimit: 100_000 },
      { trace: 1 },
      { trace: 2, attributes },
    );
    expect(numbersOf(await tracesIn(store))).toEqual([1]);
    expect(store.usage()).toMatchObject({ traces: 1, droppedSpans: 1 });
  });

  test('A full in-memory store does not show a root alone as a complete trace when its children are gone', async () => {
    const store = storeWith(
      { maxSpans: 2 },
      { trace: 1, id: 2, parent: 1 },
      { trace: 1, id: 3, parent: 1 },
      { trace: 2 },
      { trace: 1, id: 1 },
    );
    expect(await traceIn(store, 1)).toMatchObject({
      spans: [{ spanId: '0'.repeat(15) + '1' }],
      droppedSpans: 2,
      complete: false,
    });
  });

  test('A full in-memory store remembers how much of a trace is gone when it comes and goes again', async () => {
    const store = storeWith(
      { maxSpans: 1 },
      { trace: 1 },
      { trace: 2 },
      { trace: 1 },
      { trace: 2 },
    );
    expect((await traceIn(store, 2))?.droppedSpans).toBe(1);
    store.onEnd(endedSpan({ trace: 1 }));
    expect((await traceIn(store, 1))?.droppedSpans).toBe(2);
  });

  test('A full in-memory store forgets what was gone long ago', async () => {
    const store = storeWith({ maxSpans: 1 }, { trace: 'f' });
    for (let i = 0; i <= REMEMBERED_TRACES; i++) store.onEnd(endedSpan({ trace: i }));
    store.onEnd(endedSpan({ trace: 'f' }));
    expect((await traceIn(store, 'f'))?.complete).toBe(true);
  });
});

describe('A span in the in-memory store', () => {
  async function stored(parts: Omit<SpanParts, 'trace'>, options: InMemoryTraceStoreOptions = {}) {
    const trace = await traceIn(storeWith(options, { trace: 1, ...parts }), 1);
    if (trace === undefined) throw new Error('the span is not there');
    return trace.spans[0] as StoredTrace['spans'][number];
  }

  test('A span in the in-memory store has its texts cut at the limit, without half a character', async () => {
    const text = `${'x'.repeat(15)}😀`;
    const span = await stored(
      {
        name: text,
        service: text,
        status: { code: 2, message: text },
        attributes: { [text]: text, list: [text, null, 'short'] },
        events: [{ name: text, time: [0, 0], attributes: { text } }],
        links: [{ context: { traceId: 'a', spanId: 'b', traceFlags: 0 }, attributes: { text } }],
      },
      { textLimit: 16 },
    );
    const cut = `${'x'.repeat(15)}\uFFFD`;
    expect(span).toMatchObject({
      name: cut,
      service: cut,
      status: { code: 'error', message: cut },
      attributes: { [cut]: cut, list: [cut, null, 'short'] },
      events: [{ name: cut, attributes: { text: cut } }],
      links: [{ attributes: { text: cut } }],
    });
  });

  test('A span in the in-memory store keeps the values of attributes as they were recorded', async () => {
    const attributes = { text: 'a\u0000\uD800', zero: -0, big: 2 ** 60, no: false, list: [1, 2] };
    expect((await stored({ attributes })).attributes).toEqual(attributes);
  });

  test('A span in the in-memory store leaves out attributes without a value', async () => {
    const attributes = JSON.parse('{"__proto__":"x","none":null,"here":1}') as { here: number };
    expect(Object.entries((await stored({ attributes })).attributes)).toEqual([['here', 1]]);
  });

  test('A span in the in-memory store has at most 128 attributes, events, links and elements', async () => {
    const many = Array.from({ length: 200 }, (_, i) => i);
    const span = await stored({
      attributes: { list: many, ...Object.fromEntries(many.map((it) => [`key${it}`, it])) },
      events: many.map((it) => ({ name: `event ${it}`, time: [0, 0] })),
      links: many.map((it) => ({
        context: { traceId: 'a', spanId: String(it), traceFlags: 0 },
      })),
    });
    expect(Object.keys(span.attributes)).toHaveLength(128);
    expect(span.attributes['list']).toHaveLength(128);
    expect(span.links).toHaveLength(128);
    expect(span.events.map((it) => it.name)).toEqual(many.slice(72).map((it) => `event ${it}`));
  });

  test('A span in the in-memory store does not change when the one it was made from changes', async () => {
    const attributes = { list: [1] };
    const store = storeWith({}, { trace: 1, attributes });
    attributes.list.push(2);
    expect((await traceIn(store, 1))?.spans[0]?.attributes).toEqual({ list: [1] });
  });

  test('A span in the in-memory store has an unknown service when the resource names none', async () => {
    expect((await stored({})).service).toBe('unknown_service');
  });

  test('A span in the in-memory store has no negative duration', async () => {
    const span = await stored({ startTime: [5, 1000], endTime: [4, 0] });
    expect(span).toMatchObject({ startMs: 5000.001, endMs: 5000.001, durationMs: 0 });
  });
});

describe('The options of the in-memory store', () => {
  const invalid: readonly unknown[] = [
    null,
    7,
    { maxSpan: 1 },
    { maxSpans: 0 },
    { maxSpans: 100_001 },
    { maxSpansPerTrace: 1.5 },
    { maxBytes: 1000 },
    { textLimit: '100' },
    { unsampled: 1 },
    { onFault: true },
  ];

  test.each(invalid)('The options of the in-memory store are refused: %j', (options) => {
    const make = () => new InMemoryTraceStore(options as InMemoryTraceStoreOptions);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow('OBS_OPTION_INVALID');
  });

  test('The options of the in-memory store are all told when several are wrong', () => {
    expect(() => new InMemoryTraceStore({ maxSpans: 0, textLimit: 1 })).toThrow(
      /maxSpans = 0: must be a whole number from 1 to 100,000.*\n.*textLimit = 1: must be a whole number from 16/,
    );
  });

  test('The options of the in-memory store may be undefined one by one', () => {
    expect(() => new InMemoryTraceStore({ maxSpans: undefined })).not.toThrow();
  });
});
