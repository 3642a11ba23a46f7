/** Kind of a span. */
export type StoredSpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** Status code of a span; most successful spans are `unset`. */
export type StoredSpanStatusCode = 'unset' | 'ok' | 'error';

/** Value of an attribute. */
export type StoredAttributeValue =
  string | number | boolean | readonly (string | number | boolean | null)[];

/** Attributes by name. */
export type StoredAttributes = Readonly<Record<string, StoredAttributeValue>>;

/** Status of a span. */
export interface StoredSpanStatus {
  /** Status code. */
  readonly code: StoredSpanStatusCode;
  /** Error message of the instrumentation; absent without one. */
  readonly message?: string;
}

/** Event at one moment of a span. */
export interface StoredSpanEvent {
  /** Name of the event. */
  readonly name: string;
  /** Unix time in milliseconds, to the microsecond. */
  readonly timeMs: number;
  /** Attributes; empty without any. */
  readonly attributes: StoredAttributes;
}

/** Link to a span that is not the parent. */
export interface StoredSpanLink {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  /** Attributes; empty without any. */
  readonly attributes: StoredAttributes;
}

/** Finished span as plain frozen data, equal for every backend. */
export interface StoredSpan {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  /** Span id of the parent, in this or another process; absent for a root. */
  readonly parentSpanId?: string;
  /** Name of the span. */
  readonly name: string;
  /** Kind of the span; `internal` when unknown. */
  readonly kind: StoredSpanKind;
  /** `service.name` of the resource; `unknown_service` without one. */
  readonly service: string;
  /** Unix time in milliseconds, to the microsecond. */
  readonly startMs: number;
  /** Unix time in milliseconds, to the microsecond. */
  readonly endMs: number;
  /** Duration in milliseconds, to the microsecond; 0 or more. */
  readonly durationMs: number;
  /** Status of the span. */
  readonly status: StoredSpanStatus;
  /** Attributes of the span, without those of its resource. */
  readonly attributes: StoredAttributes;
  /** Events of the span. */
  readonly events: readonly StoredSpanEvent[];
  /** Links to spans that are not the parent. */
  readonly links: readonly StoredSpanLink[];
}

/**
 * Known spans of one trace, as plain frozen data.
 *
 * A store receives a span at its end, so a trace grows while its work continues. Query again for
 * later spans. {@link StoredTrace.missingParents} and {@link StoredTrace.droppedSpans} report known
 * gaps.
 */
export interface StoredTrace {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** At least one span, by start time; spans with the same start are ordered by descending duration. */
  readonly spans: readonly StoredSpan[];
  /** Earliest span without a parent; absent when it has not ended, is in another store or was dropped. */
  readonly root?: StoredSpan;
  /** Start of the earliest known span; Unix time in milliseconds. */
  readonly startMs: number;
  /** End of the latest known span; Unix time in milliseconds. */
  readonly endMs: number;
  /** From {@link StoredTrace.startMs} to {@link StoredTrace.endMs}, in milliseconds. */
  readonly durationMs: number;
  /** `error` when at least one known span has the status `error`. */
  readonly status: 'ok' | 'error';
  /** Parent span ids without a known span: still running, in another store, or dropped. */
  readonly missingParents: readonly string[];
  /** Spans that this store has dropped because of its limits; 0 for backends that do not report them. */
  readonly droppedSpans: number;
  /**
   * True without known gaps: the root and all parents are present, and no span was dropped. A
   * running span without finished children is not detectable, so more spans may follow.
   */
  readonly complete: boolean;
}

/** Kinds in the order of their numbers in `@opentelemetry/api`. */
export const spanKinds: readonly StoredSpanKind[] = [
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];

/** Codes in the order of their numbers, which are equal in `@opentelemetry/api` and OTLP. */
export const statusCodes: readonly StoredSpanStatusCode[] = ['unset', 'ok', 'error'];

/** Service of spans whose resource has no service name. */
export const UNKNOWN_SERVICE = 'unknown_service';
