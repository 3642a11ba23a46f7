/** What a span was for. */
export type StoredSpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** How a span ended; `unset` is what most successful spans have. */
export type StoredSpanStatusCode = 'unset' | 'ok' | 'error';

/** A value that one attribute can have. */
export type StoredAttributeValue =
  string | number | boolean | readonly (string | number | boolean | null)[];

/** Attributes by name. */
export type StoredAttributes = Readonly<Record<string, StoredAttributeValue>>;

/** The status of a span. */
export interface StoredSpanStatus {
  /** Whether it succeeded, failed, or does not say. */
  readonly code: StoredSpanStatusCode;
  /** What the instrumentation said about an error; absent when it said nothing. */
  readonly message?: string;
}

/** Something that happened at one moment of a span. */
export interface StoredSpanEvent {
  /** Name of the event. */
  readonly name: string;
  /** Unix time in milliseconds, to the microsecond. */
  readonly timeMs: number;
  /** Empty when the event has none. */
  readonly attributes: StoredAttributes;
}

/** A span that another one points to without being its child. */
export interface StoredSpanLink {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  /** Empty when the link has none. */
  readonly attributes: StoredAttributes;
}

/** A finished span as plain frozen data, the same from every backend. */
export interface StoredSpan {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  /** The parent's span id, here or in another process; absent for a root. */
  readonly parentSpanId?: string;
  /** Name of the span. */
  readonly name: string;
  /** What the span was for; `internal` when the backend does not say. */
  readonly kind: StoredSpanKind;
  /** `service.name` of the resource, `unknown_service` when it has none. */
  readonly service: string;
  /** Unix time in milliseconds, to the microsecond. */
  readonly startMs: number;
  /** Unix time in milliseconds, to the microsecond. */
  readonly endMs: number;
  /** Milliseconds, to the microsecond; 0 or more. */
  readonly durationMs: number;
  /** How the span ended. */
  readonly status: StoredSpanStatus;
  /** Attributes of the span, without those of its resource. */
  readonly attributes: StoredAttributes;
  /** What happened while it ran. */
  readonly events: readonly StoredSpanEvent[];
  /** Spans that it points to without being their child. */
  readonly links: readonly StoredSpanLink[];
}

/**
 * The spans of one trace that a store knows, as plain frozen data.
 *
 * A store learns of a span when the span ends, so a trace grows while its work goes on: ask again for the rest. What is
 * known to be absent is told: {@link StoredTrace.missingParents} and {@link StoredTrace.droppedSpans}.
 */
export interface StoredTrace {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** At least one; by start time, of those that started in the same microsecond the longest first. */
  readonly spans: readonly StoredSpan[];
  /** The earliest span without a parent; absent when it has not ended, is in another store or was dropped. */
  readonly root?: StoredSpan;
  /** Start of the earliest span that is here; Unix time in milliseconds. */
  readonly startMs: number;
  /** End of the latest span that is here; Unix time in milliseconds. */
  readonly endMs: number;
  /** From {@link StoredTrace.startMs} to {@link StoredTrace.endMs}, in milliseconds. */
  readonly durationMs: number;
  /** `error` when at least one span that is here has the status `error`. */
  readonly status: 'ok' | 'error';
  /** Span ids that spans name as their parent and that are not here: still running, elsewhere, or dropped. */
  readonly missingParents: readonly string[];
  /** Spans that this store had and gave up for its limits; 0 from backends that do not tell. */
  readonly droppedSpans: number;
  /**
   * Nothing is known to be absent: the root is here, so are all parents, and nothing was dropped. A span that has not
   * ended and has no ended child cannot be known, so `true` is no promise that nothing comes.
   */
  readonly complete: boolean;
}

/** The kinds in the order of the numbers that `@opentelemetry/api` gives to them. */
export const spanKinds: readonly StoredSpanKind[] = [
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];

/** The codes in the order of their numbers, which are the same in `@opentelemetry/api` and in OTLP. */
export const statusCodes: readonly StoredSpanStatusCode[] = ['unset', 'ok', 'error'];

/** The service of spans whose resource does not name one. */
export const UNKNOWN_SERVICE = 'unknown_service';
