import { type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { OperationTrace } from '../../kernel/call-tracer.js';
import type { ErrorDescription } from '../../kernel/error-classification.js';
import type { ActiveTracer } from './active-tracer.js';

/** The span of an operation on an event store; `undefined` when nobody records it. */
export function startEventStoreSpan(
  active: ActiveTracer,
  operation: string,
  streamCategory: string,
): OperationTrace | undefined {
  const span = active.get()?.startSpan(`event_store ${operation}`, {
    kind: SpanKind.CLIENT,
    attributes: { 'event_store.operation': operation, 'stream.category': streamCategory },
  });
  return span?.isRecording() === true ? new EventStoreSpan(span) : undefined;
}

class EventStoreSpan implements OperationTrace {
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
  }

  /** {@inheritDoc OperationTrace.succeeded} */
  succeeded(events: number): void {
    this.#span.setAttribute('events.count', events);
    this.#span.end();
  }

  /** {@inheritDoc OperationTrace.failed} */
  failed(thrown: unknown, { type }: ErrorDescription): void {
    this.#span.recordException(thrown instanceof Error ? thrown : type);
    this.#span.setAttribute('error.type', type);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: type });
    this.#span.end();
  }
}
