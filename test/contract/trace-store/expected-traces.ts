import type { StoredSpan, StoredTrace } from '../../../lib/tracing/store/stored-trace.js';
import { BASE_SECONDS, type Recorded, recorded } from './recorded-spans.js';

const kinds = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
const codes = ['unset', 'ok', 'error'] as const;

/** The spans of a trace as a store has to give them, from what the test meant to record. */
export function expectedSpans(traceId: string): StoredSpan[] {
  return recorded.filter((it) => it.traceId === traceId).map((it) => expectedSpan(it));
}

function expectedSpan(span: Recorded): StoredSpan {
  const { traceId, spanId, parentSpanId, name, service, event, link, status } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name,
    service,
    kind: kinds[span.kind],
    startMs: unixMs(span.startMicros),
    endMs: unixMs(span.startMicros + span.durationMicros),
    durationMs: span.durationMicros / 1000,
    status: { ...status, code: codes[status?.code ?? 0] },
    attributes: { ...span.attributes } as StoredSpan['attributes'],
    events: event
      ? [
          {
            name: event.name,
            timeMs: unixMs(event.atMicros),
            attributes: event.of as StoredSpan['attributes'],
          },
        ]
      : [],
    links: link
      ? [
          {
            traceId: link.traceId,
            spanId: link.spanId,
            attributes: link.of as StoredSpan['attributes'],
          },
        ]
      : [],
  };
}

/** Everything that a trace tells beside its spans. */
export function summaryOf({ spans, root, ...summary }: StoredTrace) {
  return { ...summary, spans: spans.length, root: root?.spanId };
}

/** Unix milliseconds of a moment in microseconds after the base. */
export function unixMs(micros: number): number {
  return (BASE_SECONDS * 1_000_000 + micros) / 1000;
}
