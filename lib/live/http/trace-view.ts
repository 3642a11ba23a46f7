import type { StoredSpan, StoredTrace } from '../../tracing/store/stored-trace.js';

const MOST_SPANS = 200;
const MOST_TEXT = 200;

/** Span of a waterfall. */
export interface SpanView {
  readonly name: string;
  /** Nesting, 0 for the first. */
  readonly depth: number;
  /** Milliseconds from the start of the trace. */
  readonly fromMs: number;
  readonly durationMs: number;
  readonly kind: string;
  readonly failed: boolean;
  readonly service: string;
  /** Attributes and the error, as texts. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** Trace as a waterfall. */
export interface TraceView {
  readonly id: string;
  readonly startMs: number;
  readonly durationMs: number;
  /** Spans, each after its parent. */
  readonly spans: readonly SpanView[];
  readonly hidden: number;
  readonly complete: boolean;
}

/** Returns the waterfall of a trace. */
export function traceView(trace: StoredTrace): TraceView {
  const { spans } = trace;
  const here = new Set(spans.map(({ spanId }) => spanId));
  const children = new Map<string, StoredSpan[]>();
  for (const it of spans) {
    const { parentSpanId = '' } = it;
    const parent = here.has(parentSpanId) ? parentSpanId : '';
    children.set(parent, [...(children.get(parent) ?? []), it]);
  }
  const ordered: SpanView[] = [];
  const visit = (parent: string, depth: number): void => {
    for (const it of children.get(parent) ?? []) {
      ordered.push(viewOf(it, trace.startMs, depth));
      visit(it.spanId, depth + 1);
    }
  };
  visit('', 0);
  return {
    id: trace.traceId,
    startMs: trace.startMs,
    durationMs: trace.durationMs,
    spans: ordered.slice(0, MOST_SPANS),
    hidden: Math.max(0, ordered.length - MOST_SPANS) + trace.droppedSpans,
    complete: trace.complete,
  };
}

function viewOf(span: StoredSpan, startMs: number, depth: number): SpanView {
  const { name, kind, service, status, attributes, events } = span;
  const exception = events.findLast((it) => it.name === 'exception');
  const facts = [
    ...(status.message === undefined ? [] : [['error', status.message] as const]),
    ...Object.entries(attributes).map(([key, value]) => [key, String(value)] as const),
    ...(exception === undefined
      ? []
      : [['exception', String(exception.attributes['exception.message'] ?? '')] as const]),
  ];
  return {
    name,
    depth,
    fromMs: Math.round((span.startMs - startMs) * 1_000) / 1_000,
    durationMs: span.durationMs,
    kind,
    failed: status.code === 'error',
    service,
    facts: facts.map(([key, value]) => [key, value.slice(0, MOST_TEXT)]),
  };
}
