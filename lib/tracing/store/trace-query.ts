import type { StoredSpan, StoredTrace } from './stored-trace.js';

/** How many traces an answer has when the query does not say. */
export const DEFAULT_TRACE_LIMIT = 20;

/** How many traces a query can ask for. */
export const MAX_TRACE_LIMIT = 1000;

/**
 * Which traces to find. A trace matches when **one of its spans** meets all criteria together: a failed command of the
 * service `shop` is a span that is in `shop` and failed, not a trace that passed through `shop` and failed elsewhere.
 */
export interface TraceQuery {
  /** `service.name` of the span's resource. */
  readonly service?: string | undefined;
  /** Name of the span, exactly. */
  readonly name?: string | undefined;
  /** Attributes of the span, all of them, equal in value and type; an array never matches. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Shortest duration of the span in milliseconds, inclusive; 0 or more. */
  readonly minDurationMs?: number | undefined;
  /** Longest duration of the span in milliseconds, inclusive; not below `minDurationMs`. */
  readonly maxDurationMs?: number | undefined;
  /** `error`: the span has the status error. `ok`: it has not, whether it was set to ok or left unset. */
  readonly status?: 'ok' | 'error' | undefined;
  /** Earliest start of the span, inclusive; Unix time in milliseconds. */
  readonly fromMs?: number | undefined;
  /** Latest start of the span, inclusive; Unix time in milliseconds; not before `fromMs`. */
  readonly toMs?: number | undefined;
  /** Most traces to return, 1 to 1000. @defaultValue 20 */
  readonly limit?: number | undefined;
}

/** Tells whether one span meets all criteria. */
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
    // A scalar is never equal to what objects inherit, so names like `constructor` need no care.
    attributes.every(([key, value]) => span.attributes[key] === value);
}

/** What selecting needs of a trace. */
export type Selectable = Pick<StoredTrace, 'traceId' | 'startMs' | 'spans'>;

/** The traces of an answer: those that match, newest first, no more than asked for. */
export function selectTraces<T extends Selectable>(traces: Iterable<T>, query: TraceQuery): T[] {
  const matches = spanMatcher(query);
  return [...traces]
    .filter(({ spans }) => spans.some(matches))
    .toSorted(newestFirst)
    .slice(0, query.limit ?? DEFAULT_TRACE_LIMIT);
}

function newestFirst(a: Selectable, b: Selectable): number {
  return b.startMs - a.startMs || (a.traceId < b.traceId ? -1 : 1);
}
