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

/** Makes ids, as the SDK does it. */
export interface SpanIds {
  generateTraceId(): string;
  generateSpanId(): string;
}

/** The span context of a trace that nobody records. Its ids are made when somebody asks: mostly, nobody does. */
export class UnsampledRoot implements SpanContext {
  /** Kept for the reason that `CallSpan.shapeAnchor` is. */
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

/** A call that nobody records; what it does belongs to it all the same, so that nothing below it is recorded either. */
export class UnsampledCall implements CallTrace {
  /** Kept for the reason that `CallSpan.shapeAnchor` is. */
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
    // Nobody records it.
  }

  addEvent(): void {
    // Nobody records it.
  }

  sampledSpan(): undefined {
    // There is none.
  }

  retried(): void {
    // Nobody records it.
  }

  ended(): void {
    // Nobody records it.
  }
}
