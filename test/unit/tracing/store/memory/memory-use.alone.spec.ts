import { describe, expect, test } from 'vitest';
import { InMemoryTraceStore } from '../../../../../lib/tracing/store/memory/in-memory-trace-store.js';
import type { EndedSpan } from '../../../../../lib/tracing/store/memory/span-copy.js';
import { endedSpan } from './span-fixtures.js';

const MEBIBYTE = 1_048_576;

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** Nothing of it is shared with another span, as texts of the SDK are not. */
function realisticSpan(i: number): EndedSpan {
  return endedSpan({
    trace: Math.floor(i / 5),
    id: i,
    name: 'command PlaceOrder',
    service: 'shop',
    attributes: {
      'command.type': 'PlaceOrder',
      'command.id': `order-${i}`,
      'stream.id': `order-stream-${i}`,
      'events.count': 2,
      'command.success': true,
    },
    events: i % 10 === 0 ? [{ name: `retry ${i}`, time: [0, i], attributes: { attempt: i } }] : [],
  });
}

describe('The memory of the in-memory store', () => {
  test('The memory of the in-memory store stays flat over a million spans', () => {
    const store = new InMemoryTraceStore({ maxSpans: 2000 });
    const run = (from: number, to: number) => {
      for (let i = from; i < to; i++) store.onEnd(realisticSpan(i));
      return heapBytes();
    };
    const filled = run(0, 100_000);
    const after = run(100_000, 1_000_000);
    expect((after - filled) / MEBIBYTE).toBeLessThan(2);
    expect(store.usage()).toMatchObject({ spans: 2000, droppedSpans: 998_000, faults: 0 });
  });

  test('The memory of the in-memory store is not more than it says, for ordinary spans', () => {
    const before = heapBytes();
    const store = new InMemoryTraceStore({ maxSpans: 20_000, maxBytes: 64 * MEBIBYTE });
    for (let i = 0; i < 20_000; i++) store.onEnd(realisticSpan(i));
    const usedBytes = heapBytes() - before;
    expect(store.usage().spans).toBe(20_000);
    expect(usedBytes).toBeLessThan(store.usage().bytes * 1.1);
  });

  test('The memory of the in-memory store is not more than its limit when texts are long', () => {
    const before = heapBytes();
    const store = new InMemoryTraceStore({ maxBytes: 4 * MEBIBYTE });
    for (let i = 0; i < 300; i++) {
      // Cutting this without copying would keep all of it: 300 MiB.
      const text = `${i} `.repeat(MEBIBYTE / String(i).length / 2);
      store.onEnd(endedSpan({ trace: i, attributes: { text, list: [text] } }));
    }
    expect(store.usage().spans).toBe(300);
    expect((heapBytes() - before) / MEBIBYTE).toBeLessThan(4.5);
  });

  test('The memory of the in-memory store does not grow while a trace without an end goes on', () => {
    const store = new InMemoryTraceStore();
    const run = (count: number) => {
      for (let i = 0; i < count; i++) store.onEnd(endedSpan({ trace: 1, id: i }));
      return heapBytes();
    };
    const filled = run(5000);
    expect((run(200_000) - filled) / MEBIBYTE).toBeLessThan(1);
    expect(store.usage().spans).toBe(1000);
  });
});
