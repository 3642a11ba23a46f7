import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  integer,
  option,
  record,
  subarray,
} from 'fast-check';
import { expect, test } from 'vitest';
import { InMemoryTraceStore } from '../../../../../lib/tracing/store/memory/in-memory-trace-store.js';
import { copySpan, spanBytes } from '../../../../../lib/tracing/store/memory/span-copy.js';
import type { StoredSpan, StoredTrace } from '../../../../../lib/tracing/store/stored-trace.js';
import type { TraceQuery } from '../../../../../lib/tracing/store/trace-query.js';
import { endedSpan, type SpanParts } from './span-fixtures.js';

const span = record({
  trace: integer({ min: 1, max: 6 }),
  startMs: integer({ min: 0, max: 20 }),
  durationMs: integer({ min: 0, max: 5 }),
  service: constantFrom('shop', 'projector'),
  name: constantFrom('command', 'append', 'projection'),
  status: constantFrom({ code: 0 as const }, { code: 1 as const }, { code: 2 as const }),
  attributes: constantFrom({}, { mode: 'live' }, { mode: 1 }, { mode: 'live', ok: true }),
  size: constantFrom(0, 0, 5000, 20_000, 40_000),
});

const limits = record({
  maxSpans: integer({ min: 1, max: 12 }),
  maxSpansPerTrace: integer({ min: 1, max: 6 }),
  maxBytes: constantFrom(65_536, 100_000, 1_000_000),
});

const query = record({
  service: option(constantFrom('shop', 'projector', 'nobody'), { nil: undefined }),
  name: option(constantFrom('command', 'append'), { nil: undefined }),
  attributes: option(constantFrom({ mode: 'live' }, { mode: 1 }, { ok: true, mode: 'live' }), {
    nil: undefined,
  }),
  status: option(constantFrom('ok' as const, 'error' as const), { nil: undefined }),
  durations: subarray([0, 1, 2, 3], { minLength: 2, maxLength: 2 }),
  starts: subarray([0, 5, 10, 20], { minLength: 2, maxLength: 2 }),
  bounded: constantFrom('none', 'durations', 'starts', 'both'),
  limit: integer({ min: 1, max: 4 }),
}).map(({ durations, starts, bounded, ...rest }): TraceQuery => ({
  ...rest,
  ...(['durations', 'both'].includes(bounded) && {
    minDurationMs: durations[0],
    maxDurationMs: durations[1],
  }),
  ...(['starts', 'both'].includes(bounded) && { fromMs: starts[0], toMs: starts[1] }),
}));

/** Returns the ids of the traces that a plain search finds. */
function search(traces: readonly StoredTrace[], wanted: TraceQuery): string[] {
  return traces
    .filter((it) => it.spans.some((span) => meets(span, wanted)))
    .toSorted((a, b) => b.startMs - a.startMs || a.traceId.localeCompare(b.traceId))
    .map((it) => it.traceId)
    .slice(0, wanted.limit);
}

function meets(span: StoredSpan, wanted: TraceQuery): boolean {
  if (wanted.service !== undefined && wanted.service !== span.service) return false;
  if (wanted.name !== undefined && wanted.name !== span.name) return false;
  if (wanted.status === 'error' && span.status.code !== 'error') return false;
  if (wanted.status === 'ok' && span.status.code === 'error') return false;
  if (wanted.minDurationMs !== undefined && span.durationMs < wanted.minDurationMs) return false;
  if (wanted.maxDurationMs !== undefined && span.durationMs > wanted.maxDurationMs) return false;
  if (wanted.fromMs !== undefined && span.startMs < wanted.fromMs) return false;
  if (wanted.toMs !== undefined && span.startMs > wanted.toMs) return false;
  for (const [key, value] of Object.entries(wanted.attributes ?? {})) {
    if (span.attributes[key] !== value) return false;
  }
  return true;
}

function bytesOf(spans: readonly StoredSpan[]): number {
  return spans.reduce((sum, it) => sum + spanBytes(it), 0);
}

function valueOf(result: Awaited<ReturnType<InMemoryTraceStore['findTraces']>>) {
  return result.ok ? result.value : [];
}

test('After any spans, the store is within its limits, has the last span that fits, and answers as a plain search does', () =>
  assert(
    asyncProperty(
      array(span, { maxLength: 60, size: 'max' }),
      limits,
      array(query, { minLength: 1, maxLength: 5 }),
      async (spans, limits, queries) => {
        const store = new InMemoryTraceStore({ ...limits, textLimit: 50_000 });
        for (const [id, { size, attributes, ...parts }] of spans.entries()) {
          const padded = size === 0 ? attributes : { ...attributes, pad: 'x'.repeat(size) };
          const ended = endedSpan({ ...parts, id, attributes: padded } as SpanParts);
          const added = copySpan(ended, 50_000);
          const before = await store.getTrace(added.traceId);
          const own = before.ok ? (before.value?.spans ?? []) : [];
          store.onEnd(ended);

          const everything = valueOf(await store.findTraces({ limit: 1000 }));
          const all = everything.flatMap((it) => it.spans);
          expect(all.length).toBeLessThanOrEqual(limits.maxSpans);
          expect(bytesOf(all)).toBeLessThanOrEqual(limits.maxBytes);
          expect(store.usage()).toEqual({
            spans: all.length,
            bytes: bytesOf(all),
            traces: everything.length,
            droppedSpans: id + 1 - all.length,
            faults: 0,
          });
          const fits =
            own.length < Math.min(limits.maxSpansPerTrace, limits.maxSpans) &&
            bytesOf([...own, added]) <= limits.maxBytes;
          expect(all.some((it) => it.spanId === added.spanId)).toBe(fits);
        }
        const everything = valueOf(await store.findTraces({ limit: 1000 }));
        for (const wanted of queries) {
          const found = valueOf(await store.findTraces(wanted));
          expect(found.map((it) => it.traceId)).toEqual(search(everything, wanted));
        }
      },
    ),
    { numRuns: 80 },
  ));
