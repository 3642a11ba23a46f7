import {
  context as contextApi,
  type Context,
  INVALID_SPANID,
  INVALID_TRACEID,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
} from '@opentelemetry/api';
import type { CallTrace } from '../../kernel/call-tracer.js';

/** Generates ids as the SDK does. */
export interface SpanIds {
  generateTraceId(): string;
  generateSpanId(): string;
}

/** Span context of an unrecorded trace. Its ids are generated on first use, which is rare. */
export class UnsampledRoot implements SpanContext {
  /** Keeps one instance alive, for the same reason as `CallSpan.shapeAnchor`. */
  static readonly shapeAnchor: UnsampledRoot = new UnsampledRoot({
    generateTraceId: () => INVALID_TRACEID,
    generateSpanId: () => INVALID_SPANID,
  });

  readonly traceFlags = TraceFlags.NONE;
  readonly #ids: SpanIds;
  #traceId: string | undefined;
  #spanId: string | undefined;

  constructor(ids: SpanIds) {
    this.#ids = ids;
  }

  get traceId(): string {
    return (this.#traceId ??= this.#ids.generateTraceId());
  }

  get spanId(): string {
    return (this.#spanId ??= this.#ids.generateSpanId());
  }
}

/** Unrecorded call. Its work belongs to it, so that nothing below it is recorded either. */
export class UnsampledCall implements CallTrace {
  /** Keeps one instance alive, for the same reason as `CallSpan.shapeAnchor`. */
  static readonly shapeAnchor: UnsampledCall = new UnsampledCall(ROOT_CONTEXT);

  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** {@inheritDoc CallTrace.run} */
  run<T>(work: () => T): T {
    return contextApi.with(this.#context, work);
  }

  setAttributes(): void {
    // The call is not recorded.
  }

  addEvent(): void {
    // The call is not recorded.
  }

  sampledSpan(): undefined {
    // An unrecorded call has no sampled span.
  }

  retried(): void {
    // The call is not recorded.
  }

  ended(): void {
    // The call is not recorded.
  }
}
