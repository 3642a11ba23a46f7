import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type EventStoreOptions,
  plainAdapter,
} from '../../../../lib/integrations/event-store/index.js';
import { RecordedStores } from './recorded-store.js';

const store = () => ({ append: () => 1, readStream: () => 1 });

describe('the number of streams', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const counting = (count: NonNullable<EventStoreOptions['activeStreams']>) => {
    const recorded = new RecordedStores();
    const options = { activeStreams: count, activeStreamsIntervalMs: 5_000 };
    recorded.instrumentation.instrument(store(), plainAdapter, options);
    return recorded;
  };

  it('The number of streams is absent before the application has started, and counted from then on', async () => {
    let streams = 3n;
    const recorded = counting(async () => streams);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(recorded.of('active_streams')).toEqual({});
    recorded.instrumentation.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(recorded.of('active_streams')).toEqual({ '': 3 });
    streams = 5n;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(recorded.of('active_streams')).toEqual({ '': 5 });
  });

  it('The number of streams is absent again when it cannot be counted, and back when it can', async () => {
    let fails = false;
    const recorded = counting(async () => (fails ? Promise.reject(new Error('gone')) : 3));
    recorded.instrumentation.start();
    await vi.advanceTimersByTimeAsync(0);
    fails = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(recorded.of('active_streams')).toEqual({});
    expect(recorded.faults).toEqual(['active_streams']);
    fails = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(recorded.of('active_streams')).toEqual({ '': 3 });
  });

  it.each([[-1], [1.5], [Number.NaN], ['many' as never], [undefined as never]])(
    'The number of streams is absent when the count is %s',
    async (count) => {
      const recorded = counting(() => count);
      recorded.instrumentation.start();
      await vi.advanceTimersByTimeAsync(0);
      expect(recorded.of('active_streams')).toEqual({});
      expect(recorded.faults).toEqual(['active_streams']);
    },
  );

  it('The number of streams is asked for once at a time, and given up after a while', async () => {
    let asked = 0;
    let answer: (count: number) => void = () => undefined;
    const recorded = counting(() => {
      asked++;
      return new Promise((resolve) => (answer = resolve));
    });
    recorded.instrumentation.start();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked).toBe(1);
    expect(recorded.faults.length).toBeGreaterThan(1);
    answer(4);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toBe(2);
    answer(6);
    await vi.advanceTimersByTimeAsync(0);
    expect(recorded.of('active_streams')).toEqual({ '': 6 });
  });

  it('A count that is given up aborts its signal, and the next count begins', async () => {
    const signals: AbortSignal[] = [];
    const recorded = counting(({ signal }) => {
      signals.push(signal);
      if (signals.length === 2) return 7;
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    recorded.instrumentation.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(signals[0]?.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(recorded.of('active_streams')).toEqual({ '': 7 });
    recorded.instrumentation.release();
  });

  it('A count that is running when the application ends is given up without a fault', async () => {
    const signals: AbortSignal[] = [];
    const recorded = counting(({ signal }) => {
      signals.push(signal);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    recorded.instrumentation.start();
    recorded.instrumentation.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(signals.map((it) => it.aborted)).toEqual([true]);
    expect(recorded.faults).toEqual([]);
  });

  it('The number of streams is the sum over the stores of the application, as long as all are known', async () => {
    const recorded = counting(() => 3);
    const options = { activeStreams: () => 4 };
    recorded.instrumentation.instrument(store(), plainAdapter, options);
    recorded.instrumentation.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(recorded.of('active_streams')).toEqual({ '': 7 });
    const broken = { activeStreams: () => Promise.reject(new Error('gone')) };
    recorded.instrumentation.instrument(store(), plainAdapter, broken);
    await vi.advanceTimersByTimeAsync(0);
    expect(recorded.of('active_streams')).toEqual({});
  });

  it('The number of streams is counted by the adapter, if nothing else does', async () => {
    const recorded = new RecordedStores();
    const adapter = { ...plainAdapter, countStreams: (it: object) => Object.keys(it).length };
    recorded.instrumentation.instrument(store(), adapter, {});
    recorded.instrumentation.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(recorded.of('active_streams')).toEqual({ '': 2 });
  });

  it('The number of streams is not asked for any more when the application has ended', async () => {
    let asked = 0;
    const recorded = counting(() => asked++);
    recorded.instrumentation.start();
    recorded.instrumentation.release();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
