import type {
  Attributes,
  HrTime,
  Link,
  SpanContext,
  SpanKind,
  SpanStatus,
} from '@opentelemetry/api';

/**
 * What the in-memory store reads of a span of the SDK. It is the part of `ReadableSpan` that has stayed the same, so
 * that no release of an SDK package is named here.
 */
export interface EndedSpan {
  /** Name of the span. */
  readonly name: string;
  /** What the span was for. */
  readonly kind: SpanKind;
  /** Trace id, span id and flags. */
  spanContext(): SpanContext;
  /** The parent's ids; absent for a root. */
  readonly parentSpanContext?: SpanContext;
  /** Unix time in seconds and nanoseconds. */
  readonly startTime: HrTime;
  /** Unix time in seconds and nanoseconds. */
  readonly endTime: HrTime;
  /** How the span ended. */
  readonly status: SpanStatus;
  /** Attributes by name. */
  readonly attributes: Attributes;
  /** Spans that it points to without being their child. */
  readonly links: readonly Link[];
  /** What happened while it ran. */
  readonly events: readonly EndedSpanEvent[];
  /** The process that made it. */
  readonly resource: { readonly attributes: Attributes };
}

/** An event of an {@link EndedSpan}. */
export interface EndedSpanEvent {
  /** Name of the event. */
  readonly name: string;
  /** Unix time in seconds and nanoseconds. */
  readonly time: HrTime;
  /** Attributes by name; absent when there are none. */
  readonly attributes?: Attributes;
}
