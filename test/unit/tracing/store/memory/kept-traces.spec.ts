import { describe, expect, it } from 'vitest';
import {
  InMemoryTraceStore,
  type InMemoryTraceStoreOptions,
} from '../../../../../lib/tracing/store/index.js';
import { endedSpan, type SpanParts, traceIdOf } from './span-fixtures.js';

const MINUTE_MS = 60_000;

/** A store under load: each span is a trace of its own. */
class LoadedStore {
  readonly store: InMemoryTraceStore;
  #traces = 0;

  constructor(options: InMemoryTraceStoreOptions = { maxSpans: 400 }) {
    this.store = new InMemoryTraceStore(options);
  }

  add(parts: Omit<SpanParts, 'trace'>): string {
    const trace = ++this.#traces;
    this.store.onEnd(endedSpan({ durationMs: 1, ...parts, trace }));
    return traceIdOf(trace);
  }

  fill(count: number, parts: Omit<SpanParts, 'trace'> = {}): void {
    for (let i = 0; i < count; i++) this.add({ durationMs: 1 + (i % 7), ...parts });
  }

  async has(traceId: string): Promise<boolean> {
    const found = await this.store.getTrace(traceId);
    return found.ok && found.value !== undefined;
  }

  async slowest(name: string, fromMs = 0): Promise<number[]> {
    const found = await this.store.findTraces({ name, fromMs, order: 'slowest', limit: 4 });
    return found.ok ? found.value.map((trace) => trace.durationMs) : [];
  }
}

const failed = (type: string): Omit<SpanParts, 'trace'> => ({
  status: { code: 2 },
  attributes: { 'error.type': type },
});

describe('An in-memory store under load', () => {
  it('A slow trace outlives the fast ones of its name that fill the store many times over', async () => {
    const loaded = new LoadedStore();
    const slow = loaded.add({ name: 'command PayOrder', durationMs: 900 });
    loaded.fill(2_000, { name: 'command PayOrder' });
    expect(await loaded.has(slow)).toBe(true);
    expect(loaded.store.usage().spans).toBeLessThanOrEqual(400);
  });

  it('A slow trace of a rare name outlives slower ones of another name', async () => {
    const loaded = new LoadedStore();
    const rare = loaded.add({ name: 'query GetOrder', durationMs: 30 });
    loaded.fill(2_000, { name: 'command PayOrder', durationMs: 500 });
    expect(await loaded.has(rare)).toBe(true);
  });

  it('A failed trace outlives successful ones, however fast it failed', async () => {
    const loaded = new LoadedStore();
    const lost = loaded.add({ name: 'command PayOrder', durationMs: 0, ...failed('TypeError') });
    loaded.fill(2_000, { name: 'command PayOrder' });
    expect(await loaded.has(lost)).toBe(true);
  });

  it('A rare error outlives a frequent one of the same name', async () => {
    const loaded = new LoadedStore();
    const rare = loaded.add({ name: 'command PayOrder', ...failed('RangeError') });
    loaded.fill(2_000, { name: 'command PayOrder', ...failed('TypeError') });
    expect(await loaded.has(rare)).toBe(true);
  });

  it('The slowest traces of the last 15 minutes are exact after an hour with slower ones before', async () => {
    const loaded = new LoadedStore({ maxSpans: 600 });
    const added: { startMs: number; durationMs: number }[] = [];
    for (let minute = 0; minute < 75; minute++) {
      for (let i = 0; i < 80; i++) {
        // The early ones are the slowest of all.
        const durationMs = (minute < 30 ? 500 : 0) + ((i * 7919 + minute * 104_729) % 400) + 1;
        const startMs = minute * MINUTE_MS + i * 100;
        loaded.add({ name: 'command PayOrder', startMs, durationMs });
        added.push({ startMs, durationMs });
      }
    }
    for (const fromMs of [0, 60 * MINUTE_MS, 70 * MINUTE_MS]) {
      const all = added.filter(({ startMs }) => startMs >= fromMs);
      const slowest = all.map(({ durationMs }) => durationMs).toSorted((a, b) => b - a);
      expect(await loaded.slowest('command PayOrder', fromMs)).toEqual(slowest.slice(0, 4));
    }
  });

  it('A trace that goes on after its place was given up is found whole', async () => {
    const loaded = new LoadedStore();
    const slow = loaded.add({ name: 'command PayOrder', durationMs: 900, id: 1 });
    loaded.fill(1_000, { name: 'command PayOrder' });
    loaded.store.onEnd(endedSpan({ trace: 1, id: 2, name: 'late', durationMs: 1 }));
    loaded.fill(1_000, { name: 'command PayOrder' });
    const found = await loaded.store.getTrace(slow);
    expect(found.ok && found.value?.spans.map(({ name }) => name).toSorted()).toEqual([
      'command PayOrder',
      'late',
    ]);
  });

  it('Names that come from data do not drive out what is kept, nor fill the store', async () => {
    const loaded = new LoadedStore();
    const slow = loaded.add({ name: 'command PayOrder', durationMs: 900 });
    const lost = loaded.add({ name: 'command PayOrder', ...failed('TypeError') });
    for (let i = 0; i < 2_000; i++) loaded.add({ name: `GET /orders/${i}`, durationMs: 5 });
    expect(await loaded.has(slow)).toBe(true);
    expect(await loaded.has(lost)).toBe(true);
    expect(loaded.store.usage().spans).toBeLessThanOrEqual(400);
  });

  it('Three quarters of the store are for the latest traces', async () => {
    const loaded = new LoadedStore();
    loaded.fill(2_000, failed('TypeError'));
    const latest: string[] = [];
    for (let i = 0; i < 300; i++) latest.push(loaded.add({ name: 'quick', durationMs: 0 }));
    const found = await Promise.all(latest.map((it) => loaded.has(it)));
    expect(found.every((it) => it)).toBe(true);
  });

  it('A cleared store keeps nothing', async () => {
    const loaded = new LoadedStore();
    const slow = loaded.add({ durationMs: 900 });
    loaded.fill(2_000);
    loaded.store.clear();
    expect(await loaded.has(slow)).toBe(false);
    expect(loaded.store.usage()).toMatchObject({ traces: 0, spans: 0, bytes: 0 });
    loaded.fill(2_000);
    expect(loaded.store.usage().spans).toBeLessThanOrEqual(400);
  });
});
