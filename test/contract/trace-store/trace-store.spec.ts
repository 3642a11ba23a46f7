import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TraceQuery } from '../../../lib/tracing/store/trace-query.js';
import {
  type TraceStore,
  TraceStoreError,
  type TraceStoreResult,
} from '../../../lib/tracing/store/trace-store.js';
import { backends } from './backends.js';
import { expectedSpans, summaryOf, unixMs } from './expected-traces.js';
import { ids } from './recorded-spans.js';

const { order, refused, orphan, rebuild } = ids;
const SECOND = 1_000_000;

/** Queries with the traces that they find, newest first. */
const searches: readonly [string, TraceQuery, readonly string[]][] = [
  ['no criterion', {}, [order, refused, orphan, rebuild]],
  ['a service', { service: 'shop' }, [order, refused]],
  ['another service', { service: 'projector' }, [order, orphan, rebuild]],
  ['an unknown service', { service: 'nobody' }, []],
  ['a span name', { name: 'command PlaceOrder' }, [order, refused]],
  ['a span name of odd characters', { name: 'projection "quoted" \\ {odd} && ünïcode' }, [orphan]],
  ['a text attribute', { attributes: { 'projection.mode': 'live' } }, [order]],
  ['a number attribute', { attributes: { 'events.count': 2 } }, [order]],
  ['the number 0', { attributes: { 'events.count': 0 } }, [refused]],
  ['a fraction', { attributes: { ratio: 0.25 } }, [orphan]],
  ['a boolean attribute', { attributes: { 'command.success': false } }, [refused]],
  ['a text where a number is', { attributes: { 'events.count': '2' } }, []],
  ['an attribute of every object', { attributes: { constructor: 'Object' } }, []],
  [
    'an attribute of odd characters',
    { attributes: { 'odd "key" \\ with space': 'say "hi" && } { \\ \n ☃' } },
    [orphan],
  ],
  [
    'two attributes of one span',
    { attributes: { 'command.type': 'PlaceOrder', 'command.success': true } },
    [order],
  ],
  [
    'two attributes of two spans',
    { attributes: { 'command.type': 'PlaceOrder', 'projection.mode': 'live' } },
    [],
  ],
  ['a shortest duration', { minDurationMs: 250 }, [refused, rebuild]],
  ['a shortest duration one microsecond too long', { minDurationMs: 250.001 }, [rebuild]],
  ['a shortest duration of 0', { minDurationMs: 0, service: 'shop' }, [order, refused]],
  ['a longest duration', { maxDurationMs: 1.5 }, [order, orphan]],
  ['a longest duration of 0', { maxDurationMs: 0 }, [order]],
  ['a longest duration that is finer than microseconds', { maxDurationMs: 1.4999 }, [order]],
  ['both durations', { minDurationMs: 100, maxDurationMs: 300 }, [order, refused]],
  ['durations beyond all time', { minDurationMs: 8e15 }, []],
  ['the status error', { status: 'error' }, [refused]],
  ['the status ok', { status: 'ok' }, [order, orphan, rebuild]],
  ['an error of a service without one', { status: 'error', service: 'projector' }, []],
  ['a beginning', { fromMs: unixMs(20 * SECOND + 7) }, [order, refused]],
  ['a beginning one microsecond later', { fromMs: unixMs(20 * SECOND + 8) }, [order]],
  ['an end', { toMs: unixMs(10 * SECOND) }, [orphan, rebuild]],
  ['one moment', { fromMs: unixMs(10 * SECOND), toMs: unixMs(10 * SECOND) }, [orphan]],
  ['a beginning after now', { fromMs: unixMs(9e12) }, []],
  ['a limit', { limit: 3 }, [order, refused, orphan]],
  ['a limit for a service', { service: 'projector', limit: 1 }, [order]],
  [
    'everything together',
    {
      service: 'shop',
      name: 'command PlaceOrder',
      attributes: { 'events.count': 2 },
      minDurationMs: 100,
      maxDurationMs: 100,
      status: 'ok',
      fromMs: unixMs(30 * SECOND),
      toMs: unixMs(31 * SECOND),
      limit: 1,
    },
    [order],
  ],
];

const invalidQueries: readonly unknown[] = [
  null,
  'shop',
  [],
  { servise: 'shop' },
  { service: '' },
  { name: 7 },
  { attributes: { a: null } },
  { attributes: { a: Number.NaN } },
  { attributes: [] },
  { minDurationMs: -1 },
  { minDurationMs: Infinity },
  { maxDurationMs: '1' },
  { minDurationMs: 2, maxDurationMs: 1 },
  { status: 'unset' },
  { fromMs: Number.NaN },
  { fromMs: 2, toMs: 1 },
  { toMs: 1e300 },
  { limit: 0 },
  { limit: 1.5 },
  { limit: 1001 },
];

describe.each(backends)('A trace store $name', ({ start }) => {
  let store: TraceStore;
  let close: () => Promise<void>;
  beforeAll(async () => ({ store, close } = await start()));
  afterAll(() => close());

  test.each(Object.entries(ids))(
    'A trace store gives the trace %s with all that was recorded',
    async (_, id) => {
      const trace = valueOf(await store.getTrace(id));
      expect(trace?.spans).toEqual(expectedSpans(id));
    },
  );

  test('A trace store tells what a complete trace amounts to', async () => {
    const trace = valueOf(await store.getTrace(order));
    expect(trace && summaryOf(trace)).toEqual({
      traceId: order,
      spans: 4,
      root: 'a000000000000001',
      startMs: unixMs(30 * SECOND),
      endMs: unixMs(30 * SECOND + 120_500),
      durationMs: 120.5,
      status: 'ok',
      missingParents: [],
      droppedSpans: 0,
      complete: true,
    });
  });

  test('A trace store says which parents a trace lacks', async () => {
    const trace = valueOf(await store.getTrace(orphan));
    expect(trace && summaryOf(trace)).toMatchObject({
      root: undefined,
      missingParents: ['0d0d0d0d0d0d0d0d'],
      complete: false,
    });
  });

  test('A trace store calls a trace with a failed span an error', async () => {
    expect(valueOf(await store.getTrace(refused))?.status).toBe('error');
  });

  test('A trace store knows no trace of another id', async () => {
    expect(await store.getTrace('f'.repeat(32))).toEqual({ ok: true, value: undefined });
  });

  test('A trace store reads an id in capitals, and one of 16 digits', async () => {
    expect(valueOf(await store.getTrace(order.toUpperCase()))?.traceId).toBe(order);
    expect(valueOf(await store.getTrace(refused.slice(16)))?.traceId).toBe(refused);
  });

  test.each(['', 'x', '0'.repeat(32), `${order}0`, '../../admin', 7, null, undefined])(
    'A trace store refuses %j as the id of a trace',
    async (id) => {
      expect(codeOf(await store.getTrace(id as string))).toBe('OBS_TRACE_QUERY_INVALID');
    },
  );

  test.each(searches)('A trace store finds by %s', async (_, query, traceIds) => {
    const traces = valueOf(await store.findTraces(query));
    expect(traces.map((it) => it.traceId)).toEqual(traceIds);
  });

  test('A trace store finds whole traces and not only the spans that match', async () => {
    const [trace] = valueOf(await store.findTraces({ name: 'event_store append' }));
    expect(trace?.spans).toEqual(expectedSpans(order));
  });

  test('A trace store finds everything when asked nothing', async () => {
    expect(valueOf(await store.findTraces())).toHaveLength(4);
  });

  test.each(invalidQueries)('A trace store refuses the query %j', async (query) => {
    expect(codeOf(await store.findTraces(query as TraceQuery))).toBe('OBS_TRACE_QUERY_INVALID');
  });

  test('A trace store gives data that nobody can change', async () => {
    const traces = valueOf(await store.findTraces());
    expect(everyObjectIn(traces).filter((it) => !Object.isFrozen(it))).toEqual([]);
  });

  test('A trace store gives data that survives being cloned and written as JSON', async () => {
    const traces = valueOf(await store.findTraces());
    expect(structuredClone(traces)).toEqual(traces);
    expect(JSON.parse(JSON.stringify(traces))).toEqual(traces);
  });
});

function valueOf<T>(result: TraceStoreResult<T>): T {
  if (!result.ok) throw result.error;
  return result.value;
}

function codeOf(result: TraceStoreResult<unknown>): string {
  if (result.ok) return 'no error';
  expect(result.error).toBeInstanceOf(TraceStoreError);
  return result.error.code;
}

function everyObjectIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(everyObjectIn)];
}
