import type { StoredSpan, StoredTrace } from './stored-trace.js';

/** Default limit of traces per query. */
export const DEFAULT_TRACE_LIMIT = 20;

/** Maximum limit of traces per query. */
export const MAX_TRACE_LIMIT = 1000;

/**
 * Criteria for traces. A trace matches if **one of its spans** meets all criteria. A query for
 * failed spans of the service `shop` finds spans that failed in `shop`, not traces that passed
 * through `shop` and failed elsewhere.
 */
export interface TraceQuery {
  /** `service.name` of the span's resource. */
  readonly service?: string | undefined;
  /** Exact name of the span. */
  readonly name?: string | undefined;
  /** Attributes of the span. All must be equal in value and type; an array never matches. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Minimum duration of the span in milliseconds, inclusive; 0 or more. */
  readonly minDurationMs?: number | undefined;
  /** Maximum duration of the span in milliseconds, inclusive; at least `minDurationMs`. */
  readonly maxDurationMs?: number | undefined;
  /** `error` matches spans with the status error; `ok` matches all others, including unset ones. */
  readonly status?: 'ok' | 'error' | undefined;
  /** Earliest start of the span, inclusive; Unix time in milliseconds. */
  readonly fromMs?: number | undefined;
  /** Latest start of the span, inclusive; Unix time in milliseconds; at least `fromMs`. */
  readonly toMs?: number | undefined;
  /**
   * Order of the traces: by their start, or by their longest span that matches. A remote store sorts those that it has
   * found. @defaultValue 'newest'
   */
  readonly order?: 'newest' | 'slowest' | undefined;
  /** Maximum number of traces, 1 to 1000. @defaultValue 20 */
  readonly limit?: number | undefined;
}

/** Returns a predicate for spans that meet all criteria. */
function spanMatcher(query: TraceQuery): (span: StoredSpan) => boolean {
  const { service, name, status } = query;
  const {
    minDurationMs = 0,
    maxDurationMs = Infinity,
    fromMs = -Infinity,
    toMs = Infinity,
  } = query;
  const attributes = Object.entries(query.attributes ?? {});
  return (span) =>
    (service === undefined || span.service === service) &&
    (name === undefined || span.name === name) &&
    (status === undefined || (span.status.code === 'error') === (status === 'error')) &&
    span.durationMs >= minDurationMs &&
    span.durationMs <= maxDurationMs &&
    span.startMs >= fromMs &&
    span.startMs <= toMs &&
    // No inherited member equals a scalar, so names like `constructor` are safe.
    attributes.every(([key, value]) => span.attributes[key] === value);
}

/** Fields of a trace that the selection reads. */
export type Selectable = Pick<StoredTrace, 'traceId' | 'startMs' | 'spans'>;

/** Returns the matching traces in the order of the query, up to the limit. */
export function selectTraces<T extends Selectable>(traces: Iterable<T>, query: TraceQuery): T[] {
  const matches = spanMatcher(query);
  const found = [...traces].filter(({ spans }) => spans.some(matches));
  const sorted =
    query.order === 'slowest' ? slowestFirst(found, matches) : found.toSorted(newestFirst);
  return sorted.slice(0, query.limit ?? DEFAULT_TRACE_LIMIT);
}

function newestFirst(a: Selectable, b: Selectable): number {
  return b.startMs - a.startMs || (a.traceId < b.traceId ? -1 : 1);
}

function slowestFirst<T extends Selectable>(
  traces: readonly T[],
  matches: (span: StoredSpan) => boolean,
): T[] {
  const longest = new Map(
    traces.map((it) => [
      it,
      it.spans.reduce((most, span) => (matches(span) ? Math.max(most, span.durationMs) : most), 0),
    ]),
  );
  return traces.toSorted((a, b) => longest.get(b)! - longest.get(a)! || newestFirst(a, b));
}
