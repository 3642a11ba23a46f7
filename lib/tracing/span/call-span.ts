import {
  context as contextApi,
  type Context,
  type Exception,
  type HrTime,
  INVALID_SPAN_CONTEXT,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type {
  CallEnd,
  CallTrace,
  SpanAttributes,
  TracedHandler,
} from '../../kernel/call-tracer.js';
import type { SampledSpan } from '../../kernel/observer.js';
import type { ErrorDescription } from '../../kernel/errors/error-description.js';
import type { Faults } from '../../kernel/faults.js';
import { spanAttributes } from './attribute-values.js';
import { type AppendedEvents, contextWithSpan, sampledSpanOf } from './span-context.js';

const NS_PER_SECOND = 1_000_000_000;

/**
 * Returns the end time of a span in the clock of its SDK, which saves the SDK a clock reading.
 * `undefined` lets an SDK that hides its start time choose the end.
 */
export function endTimeOf(span: Span, seconds: number): HrTime | undefined {
  const { startTime } = span as Span & { readonly startTime?: HrTime };
  if (!Array.isArray(startTime) || !(seconds >= 0)) return undefined;
  const ns = startTime[1] + Math.round(seconds * NS_PER_SECOND);
  const carried = Math.floor(ns / NS_PER_SECOND);
  return [startTime[0] + carried, ns - carried * NS_PER_SECOND];
}

/** Properties shared by the spans of one handler. */
export interface CallSpanDeps {
  readonly handler: TracedHandler;
  readonly spanName: string;
  /** Attribute name: `command.outcome`, `query.outcome` and the like. */
  readonly outcomeKey: string;
  readonly successKey: string;
  /** True if the spans count events that are appended during the call. */
  readonly countsEvents: boolean;
  readonly faults: Faults;
}

/** Maximum number of streams that are counted separately per call. */
const STREAM_LIMIT = 1000;

/** Span of one call, with a child span for each attempt after the first. */
export class CallSpan implements CallTrace, AppendedEvents {
  /**
   * Keeps one instance alive. Without one, a garbage collection would discard the hidden class and
   * deoptimize later calls.
   */
  static readonly shapeAnchor: CallSpan = new CallSpan(
    trace.wrapSpanContext(INVALID_SPAN_CONTEXT),
    ROOT_CONTEXT,
    new ProxyTracerProvider().getTracer('shapeAnchor'),
    {} as CallSpanDeps,
  );

  readonly #span: Span;
  readonly #context: Context;
  readonly #tracer: Tracer;
  readonly #parts: CallSpanDeps;
  #attempt: Span | undefined;
  #appendedEvents: number | undefined;
  #streams: Set<string> | undefined;

  constructor(span: Span, parent: Context, tracer: Tracer, parts: CallSpanDeps) {
    this.#span = span;
    this.#tracer = tracer;
    this.#context = contextWithSpan(parent, span, this);
    this.#parts = parts;
  }

  /** {@inheritDoc CallTrace.run} */
  run<T>(work: () => T): T {
    return contextApi.with(this.#context, work);
  }

  /** {@inheritDoc CallTrace.setAttributes} */
  setAttributes(attributes: SpanAttributes): void {
    this.#guard(() => this.#span.setAttributes(spanAttributes(attributes, this.#parts.faults)));
  }

  /** {@inheritDoc CallTrace.addEvent} */
  addEvent(name: string, attributes?: SpanAttributes): void {
    this.#guard(() => this.#span.addEvent(name, spanAttributes(attributes, this.#parts.faults)));
  }

  /** {@inheritDoc CallTrace.sampledSpan} */
  sampledSpan(): SampledSpan | undefined {
    return sampledSpanOf(this.#span);
  }

  /** {@inheritDoc CallTrace.retried} */
  retried(thrown: unknown, error: ErrorDescription): void {
    const before = this.#attempt ?? this.#span;
    const { spanName } = this.#parts;
    if (this.#attempt === undefined) this.#span.addEvent('retry', { 'error.type': error.type });
    else endWithFailure(this.#attempt, { thrown, error });
    const links = [{ context: before.spanContext() }];
    this.#attempt = this.#tracer.startSpan(`${spanName} attempt`, { links }, this.#context);
  }

  /** {@inheritDoc AppendedEvents.appended} */
  appended(streamId: string | undefined, events: number): void {
    if (!this.#parts.countsEvents) return;
    this.#appendedEvents = (this.#appendedEvents ?? 0) + events;
    if (streamId === undefined) return;
    this.#streams ??= new Set();
    if (this.#streams.size < STREAM_LIMIT) this.#streams.add(streamId);
  }

  /** {@inheritDoc CallTrace.ended} */
  ended(end: CallEnd): void {
    const { outcome, events = this.#appendedEvents, error, seconds } = end;
    // Metrics and span report the same duration.
    const endTime = endTimeOf(this.#span, seconds);
    const { outcomeKey, successKey, handler } = this.#parts;
    this.#span.setAttribute(outcomeKey, outcome);
    this.#span.setAttribute(successKey, outcome === 'success');
    if (events !== undefined) this.#span.setAttribute('events.count', events);
    if (this.#streams !== undefined) this.#span.setAttribute('streams.count', this.#streams.size);
    if (outcome === 'success' && handler.span.resultAttributes !== undefined) {
      this.#addResultAttributes(end);
    }
    this.#endAttempt(end);
    if (outcome === 'failure') addFailure(this.#span, end, endTime);
    else if (error !== undefined) this.#span.setAttribute('error.type', error.type);
    this.#span.end(endTime);
  }

  #endAttempt(end: CallEnd): void {
    if (this.#attempt === undefined) return;
    if (end.outcome === 'failure') endWithFailure(this.#attempt, end);
    else this.#attempt.end();
  }

  #addResultAttributes({ result }: CallEnd): void {
    this.#guard(() => {
      const { handler, faults } = this.#parts;
      this.#span.setAttributes(spanAttributes(handler.span.resultAttributes?.(result), faults));
    });
  }

  /** Guards against values of the application that throw when read. */
  #guard(write: () => void): void {
    try {
      write();
    } catch (fault) {
      this.#parts.faults.report('span_attributes', fault);
    }
  }
}

type Failure = Pick<CallEnd, 'thrown' | 'error'>;

function endWithFailure(span: Span, failure: Failure): void {
  addFailure(span, failure);
  span.end();
}

/**
 * Records an error by the conventions of OpenTelemetry. Source:
 * https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
 */
export function addFailure(span: Span, { thrown, error }: Failure, atTime?: HrTime): void {
  const type = error?.type ?? 'unknown';
  try {
    span.recordException(thrown instanceof Error ? thrown : (type as Exception), atTime);
  } catch {
    // An error whose message or stack cannot be read.
    span.recordException(type as Exception, atTime);
  }
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR, message: type });
}
