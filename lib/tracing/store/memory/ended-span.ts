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
  readonly name: string;
  readonly kind: SpanKind;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  readonly events: readonly EndedSpanEvent[];
  readonly resource: { readonly attributes: Attributes };
}

/** An event of an {@link EndedSpan}. */
export interface EndedSpanEvent {
  readonly name: string;
  readonly time: HrTime;
  readonly attributes?: Attributes;
}
