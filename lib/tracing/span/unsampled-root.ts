import { INVALID_SPANID, INVALID_TRACEID, type SpanContext, TraceFlags } from '@opentelemetry/api';

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
