import type { StoredSpan, StoredTrace } from './stored-trace.js';

/**
 * Assembles a deeply frozen trace from its spans.
 *
 * @param spans - At least one, all of this trace.
 * @param droppedSpans - Spans of the trace that the store has dropped.
 */
export function assembleTrace(
  traceId: string,
  spans: readonly StoredSpan[],
  droppedSpans = 0,
): StoredTrace {
  const sorted = spans.map(frozenSpan).toSorted(inOrder);
  const root = sorted.find((it) => it.parentSpanId === undefined);
  const missingParents = missingParentsOf(sorted);
  const startMs = (sorted[0] as StoredSpan).startMs;
  const endMs = sorted.reduce((latest, it) => Math.max(latest, it.endMs), startMs);
  return Object.freeze({
    traceId,
    spans: Object.freeze(sorted),
    ...(root && { root }),
    startMs,
    endMs,
    durationMs: differenceMs(startMs, endMs),
    status: sorted.some((it) => it.status.code === 'error') ? 'error' : 'ok',
    missingParents: Object.freeze(missingParents),
    droppedSpans,
    complete: root !== undefined && missingParents.length === 0 && droppedSpans === 0,
  });
}

/** Subtracts two Unix times and rounds to microseconds, the precision of both. */
function differenceMs(startMs: number, endMs: number): number {
  return Math.round((endMs - startMs) * 1000) / 1000;
}

function inOrder(a: StoredSpan, b: StoredSpan): number {
  if (a.startMs !== b.startMs) return a.startMs - b.startMs;
  return b.durationMs - a.durationMs || (a.spanId < b.spanId ? -1 : 1);
}

function missingParentsOf(spans: readonly StoredSpan[]): string[] {
  const here = new Set(spans.map((it) => it.spanId));
  const missing = new Set<string>();
  for (const { parentSpanId } of spans) {
    if (parentSpanId !== undefined && !here.has(parentSpanId)) missing.add(parentSpanId);
  }
  return [...missing];
}

/** Freezes spans on their first use and not when stored, because most are never queried. */
function frozenSpan(span: StoredSpan): StoredSpan {
  if (Object.isFrozen(span)) return span;
  Object.freeze(span.status);
  freezeAttributes(span.attributes);
  for (const part of [...span.events, ...span.links]) {
    freezeAttributes(part.attributes);
    Object.freeze(part);
  }
  Object.freeze(span.events);
  Object.freeze(span.links);
  return Object.freeze(span);
}

function freezeAttributes(attributes: StoredSpan['attributes']): void {
  for (const value of Object.values(attributes)) Object.freeze(value);
  Object.freeze(attributes);
}
