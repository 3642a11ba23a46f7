import {
  type Context,
  context as contextApi,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { FollowedOperation, OperationTrace } from '../../kernel/call-tracer.js';
import type { ErrorDescription } from '../../kernel/error-classification.js';
import type { ActiveTracer } from './active-tracer.js';

/** The span of an operation on an event store; `undefined` when nobody records it. */
export function startEventStoreSpan(
  active: ActiveTracer,
  { operation, streamCategory, streamId, system }: FollowedOperation,
): OperationTrace | undefined {
  const tracer = active.get();
  if (tracer === undefined) return undefined;
  const parent = contextApi.active();
  const attributes = {
    'event_store.operation': operation,
    'stream.category': streamCategory,
    ...(streamId !== undefined && { 'stream.id': streamId }),
    ...(system !== undefined && { 'db.system.name': system }),
  };
  const options = { kind: SpanKind.CLIENT, attributes };
  const span = tracer.startSpan(`event_store ${operation}`, options, parent);
  return span.isRecording() ? new EventStoreSpan(span, trace.setSpan(parent, span)) : undefined;
}

class EventStoreSpan implements OperationTrace {
  readonly #span: Span;
  readonly #context: Context;

  constructor(span: Span, context: Context) {
    this.#span = span;
    this.#context = context;
  }

  /** {@inheritDoc OperationTrace.run} */
  run<T>(work: () => T): T {
    return contextApi.with(this.#context, work);
  }

  /** {@inheritDoc OperationTrace.succeeded} */
  succeeded(events: number): void {
    this.#span.setAttribute('events.count', events);
    this.#span.end();
  }

  /** {@inheritDoc OperationTrace.failed} */
  failed(thrown: unknown, { type }: ErrorDescription, events: number): void {
    if (events > 0) this.#span.setAttribute('events.count', events);
    this.#span.recordException(thrown instanceof Error ? thrown : type);
    this.#span.setAttribute('error.type', type);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: type });
    this.#span.end();
  }
}
