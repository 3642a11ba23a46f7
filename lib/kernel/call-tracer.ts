import type { Outcome } from './errors/error-classification.js';
import type { ErrorDescription } from './errors/error-description.js';
import type { HandlerIdentity, SampledSpan } from './observer.js';

/** Value of a span attribute. */
export type SpanAttribute = string | number | boolean | readonly string[] | readonly number[];

/** Span attributes by name. An attribute that is `undefined` is omitted. */
export type SpanAttributes = Readonly<Record<string, SpanAttribute | undefined>>;

/** Span options of one handler. */
export interface SpanOptions {
  /**
   * Span name. Use few distinct values, never an id. @defaultValue `command <name>`, `query <name>`,
   * `projection <name>`
   */
  readonly name?: string;
  /**
   * Returns attributes derived from the arguments of a call.
   *
   * @param args - Arguments of the handler.
   */
  attributes?(...args: readonly unknown[]): SpanAttributes;
  /**
   * Returns attributes derived from the result of a successful call.
   *
   * @param result - The resolved value, or the last value of a stream.
   */
  resultAttributes?(result: unknown): SpanAttributes;
}

/** Handler properties that a tracer needs besides the identity. */
export interface TracedHandler extends HandlerIdentity {
  readonly span: SpanOptions;
  /** Returns the identity of a command. */
  id?(...args: readonly unknown[]): string | number | bigint | undefined;
  /** Returns the event metadata that carries the trace context of the producer. */
  metadata?(event: unknown): unknown;
  /** Returns the time at which an event was recorded. */
  eventTime?(event: unknown): Date | number | undefined;
  /** Returns true for a call around which another instrumentation has made a span. */
  hasSpan?(...args: readonly unknown[]): boolean;
}

/** End of a call. */
export interface CallEnd {
  readonly outcome: Outcome;
  readonly attempts: number;
  /** Duration in seconds, equal to the value in the metrics; NaN when the clock failed. */
  readonly seconds: number;
  /** Number of events produced, if known. */
  readonly events?: number | undefined;
  /** Return value of the handler. */
  readonly result?: unknown;
  /** Value that the handler threw, and its description. */
  readonly thrown?: unknown;
  readonly error?: ErrorDescription | undefined;
}

/** Trace of one call. */
export interface CallTrace {
  /** Runs work of the handler with the call as the active span. */
  run<T>(work: () => T): T;
  setAttributes(attributes: SpanAttributes): void;
  addEvent(name: string, attributes?: SpanAttributes): void;
  /** Returns the span of the call; `undefined` when it is not sampled. */
  sampledSpan(): SampledSpan | undefined;
  /** Records a failed attempt that is followed by another. */
  retried(thrown: unknown, error: ErrorDescription): void;
  ended(end: CallEnd): void;
}

/** Traces the calls of one handler. */
export interface CallTracer {
  /** Returns true when a call that starts now could be recorded. Cheap: it runs for every call. */
  isActive(): boolean;
  /** Starts a trace; `undefined` when nothing would be recorded. Cheap in that case: it runs for every call. */
  follow(args: readonly unknown[]): CallTrace | undefined;
  /** Receives the end of a rejected or failed call that was not followed. */
  failed?(end: CallEnd): void;
}

/** Event store operation, as seen by a tracer. */
export interface OperationInfo {
  readonly operation: string;
  readonly streamCategory: string;
  /** Stream id, for an operation on a single stream. */
  readonly streamId?: string | undefined;
  /** True when the operation appends events, whose number the enclosing command reports. */
  readonly appends: boolean;
  /** Value of `db.system.name`, if known. */
  readonly system?: string | undefined;
}

/** End of an event store operation. */
export interface OperationEnd {
  /** Number of events appended or read. */
  readonly events: number;
  /** Duration in seconds, equal to the value in the metrics; NaN when the clock failed. */
  readonly seconds: number;
  /** Value that the store threw, and its description; absent for a success. */
  readonly thrown?: unknown;
  readonly error?: ErrorDescription | undefined;
  /** True for an append that failed because the stream had advanced. */
  readonly conflict?: boolean;
}

/** Trace of one event store operation. */
export interface OperationTrace {
  /** Returns the span of the operation; `undefined` when it is not sampled. */
  sampledSpan(): SampledSpan | undefined;
  /** Runs work of the store with the operation as the active span. */
  run<T>(work: () => T): T;
  ended(end: OperationEnd): void;
}

/** Span to which another one links: an object of the tracing API. */
export interface LinkedSpan {
  readonly traceId: string;
  readonly spanId: string;
}

/** Spans to which one span links. */
export interface LinkedSpans {
  readonly spans: readonly LinkedSpan[];
  /** Number of further spans, which are left out. */
  readonly omitted: number;
}

/** Creates handler tracers and traces event store operations. */
export interface TracingObserver {
  /** Follows the calls of handlers without spans, too. */
  readonly withoutSpans?: TracingObserver;
  bind(handler: TracedHandler): CallTracer;
  /** Starts a trace; `undefined` when nothing would be recorded. */
  followOperation(operation: OperationInfo): OperationTrace | undefined;
  /** Adds the trace context to the metadata of an event; returns the same object when there is no context to add. */
  carry(metadata: unknown): unknown;
  /** Stores the active context as the producer of a message that this process handles, now or later. */
  published(message: unknown): void;
  /** Returns the sampled span that is stored as the producer of a message. */
  producerOf?(message: unknown): LinkedSpan | undefined;
  /**
   * Returns the handlers whose spans, several of them, began under one parent after it had ended, with the number of
   * these spans: rxjs works on an event that waited in the context of an earlier one.
   */
  strays?(): ReadonlyMap<string, number>;
  /**
   * Delivers a message once. Commands that `work` executes, synchronously or later, link to the producer of the
   * message.
   */
  deliver(message: unknown, work: () => void): void;
}
