import { type Context, context as contextApi, type Span, SpanKind } from '@opentelemetry/api';
import type { OperationEnd, OperationInfo, OperationTrace } from '../../kernel/call-tracer.js';
import type { SampledSpan } from '../../kernel/observer.js';
import { keepRandomTrace } from '../context/random-trace.js';
import type { ActiveTracer } from './active-tracer.js';
import { addFailure, endTimeOf } from './call-span.js';
import { appendedEventsOf, contextWithSpan, sampledSpanOf } from './span-context.js';

/** Starts the span of an event store operation; returns `undefined` when no SDK records it. */
export function startEventStoreSpan(
  active: ActiveTracer,
  followed: OperationInfo,
): OperationTrace | undefined {
  const tracer = active.get();
  if (tracer === undefined) return undefined;
  const { operation, streamCategory, streamId, system } = followed;
  const parent = contextApi.active();
  const attributes = {
    'event_store.operation': operation,
    'stream.category': streamCategory,
    ...(streamId !== undefined && { 'stream.id': streamId }),
    ...(system !== undefined && { 'db.system.name': system }),
  };
  const options = { kind: SpanKind.CLIENT, attributes };
  const span = tracer.startSpan(`event_store ${operation}`, options, parent);
  return span.isRecording()
    ? new EventStoreSpan(span, followed, keepRandomTrace(parent))
    : undefined;
}

class EventStoreSpan implements OperationTrace {
  readonly #span: Span;
  readonly #followed: OperationInfo;
  readonly #parent: Context;

  constructor(span: Span, followed: OperationInfo, parent: Context) {
    this.#span = span;
    this.#followed = followed;
    this.#parent = parent;
  }

  /** {@inheritDoc OperationTrace.run} */
  run<T>(work: () => T): T {
    return contextApi.with(contextWithSpan(this.#parent, this.#span), work);
  }

  /** {@inheritDoc OperationTrace.sampledSpan} */
  sampledSpan(): SampledSpan | undefined {
    return sampledSpanOf(this.#span);
  }

  /** {@inheritDoc OperationTrace.ended} */
  ended({ events, seconds, thrown, error }: OperationEnd): void {
    const endTime = endTimeOf(this.#span, seconds);
    if (error === undefined || events > 0) this.#span.setAttribute('events.count', events);
    if (error !== undefined) addFailure(this.#span, { thrown, error }, endTime);
    this.#span.end(endTime);
    const { appends, streamId } = this.#followed;
    if (appends && events > 0) appendedEventsOf(this.#parent)?.appended(streamId, events);
  }
}
