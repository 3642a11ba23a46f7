import {
  type Attributes,
  context as contextApi,
  type Context,
  type Exception,
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
import type { ErrorDescription } from '../../kernel/error-classification.js';
import type { Faults } from '../../kernel/faults.js';

/** What the spans of one handler share. */
export interface CallSpanParts {
  readonly handler: TracedHandler;
  readonly spanName: string;
  /** `command.outcome`, `command.success` and the like. */
  readonly outcomeKey: string;
  readonly successKey: string;
  readonly faults: Faults;
}

/** The span of one call, and one of each attempt after the first. */
export class CallSpan implements CallTrace {
  readonly #span: Span;
  readonly #context: Context;
  readonly #tracer: Tracer;
  readonly #parts: CallSpanParts;
  #attempt: Span | undefined;

  constructor(span: Span, parent: Context, tracer: Tracer, parts: CallSpanParts) {
    this.#span = span;
    this.#tracer = tracer;
    this.#context = trace.setSpan(parent, span);
    this.#parts = parts;
  }

  /** {@inheritDoc CallTrace.run} */
  run<T>(work: () => T): T {
    return contextApi.with(this.#context, work);
  }

  /** {@inheritDoc CallTrace.setAttributes} */
  setAttributes(attributes: SpanAttributes): void {
    this.#guard(() => this.#span.setAttributes(attributes as Attributes));
  }

  /** {@inheritDoc CallTrace.addEvent} */
  addEvent(name: string, attributes?: SpanAttributes): void {
    this.#guard(() => this.#span.addEvent(name, attributes as Attributes | undefined));
  }

  /** {@inheritDoc CallTrace.retried} */
  retried(thrown: unknown, error: ErrorDescription): void {
    const before = this.#attempt ?? this.#span;
    const { spanName } = this.#parts;
    if (this.#attempt === undefined) this.#span.addEvent('retry', { 'error.type': error.type });
    else endWithError(this.#attempt, thrown, error);
    const links = [{ context: before.spanContext() }];
    this.#attempt = this.#tracer.startSpan(`${spanName} attempt`, { links }, this.#context);
  }

  /** {@inheritDoc CallTrace.ended} */
  ended(end: CallEnd): void {
    const { outcome, events, error, thrown } = end;
    const { outcomeKey, successKey, handler } = this.#parts;
    this.#span.setAttribute(outcomeKey, outcome);
    this.#span.setAttribute(successKey, outcome === 'success');
    if (events !== undefined) this.#span.setAttribute('events.count', events);
    if (outcome === 'success' && handler.span.resultAttributes !== undefined) {
      this.#addResultAttributes(end);
    }
    this.#endAttempt(end);
    if (outcome === 'failure' && error !== undefined) {
      endWithError(this.#span, thrown, error);
      return;
    }
    if (error !== undefined) this.#span.setAttribute('error.type', error.type);
    this.#span.end();
  }

  #endAttempt({ outcome, error, thrown }: CallEnd): void {
    if (this.#attempt === undefined) return;
    if (outcome === 'failure' && error !== undefined) endWithError(this.#attempt, thrown, error);
    else this.#attempt.end();
  }

  #addResultAttributes({ result }: CallEnd): void {
    this.#guard(() => {
      const attributes = this.#parts.handler.span.resultAttributes?.(result);
      if (attributes !== undefined) this.#span.setAttributes(attributes as Attributes);
    });
  }

  /** What an application hands over may throw when it is read. */
  #guard(write: () => void): void {
    try {
      write();
    } catch (fault) {
      this.#parts.faults.report('span-attributes', fault);
    }
  }
}

/** As OpenTelemetry records an error: https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/ */
function endWithError(span: Span, thrown: unknown, { type }: ErrorDescription): void {
  span.recordException(thrown instanceof Error ? thrown : (type as Exception));
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR, message: type });
  span.end();
}
