import type { ErrorDescription } from './error-classification.js';
import type { HandlerIdentity, SampledSpan } from './observer.js';
import type { Outcome } from './outcome.js';

/** A value that can be put on a span. */
export type SpanAttribute = string | number | boolean | readonly string[] | readonly number[];

/** Values to put on a span, by name; `undefined` is left out. */
export type SpanAttributes = Readonly<Record<string, SpanAttribute | undefined>>;

/** How the calls of one handler are shown as spans. */
export interface SpanOptions {
  /** Name of the span: few values, never an id. @defaultValue `command <name>`, `query <name>`, `projection <name>` */
  readonly name?: string;
  /**
   * Attributes from the arguments of a call.
   *
   * @param args - What the handler is called with.
   */
  attributes?(...args: readonly unknown[]): SpanAttributes;
  /**
   * Attributes from the result of a call that succeeded.
   *
   * @param result - What the handler returned: the resolved value, the last value of a stream.
   */
  resultAttributes?(result: unknown): SpanAttributes;
}

/** What a tracer has to know of a handler besides its identity. */
export interface TracedHandler extends HandlerIdentity {
  readonly span: SpanOptions;
  /** Identity of a command. */
  id?(...args: readonly unknown[]): string | number | bigint | undefined;
  /** Metadata of an event, which holds its producer's trace context. */
  metadata?(event: unknown): unknown;
  /** When an event was recorded. */
  eventTime?(event: unknown): Date | number | undefined;
}

/** How a call ended. */
export interface CallEnd {
  readonly outcome: Outcome;
  readonly attempts: number;
  /** Duration of the call in seconds, as the metrics have it; NaN when the clock failed. */
  readonly seconds: number;
  /** Number of events produced, if known. */
  readonly events?: number | undefined;
  /** What the handler returned. */
  readonly result?: unknown;
  /** What the handler threw, and what that is. */
  readonly thrown?: unknown;
  readonly error?: ErrorDescription | undefined;
}

/** One call that is followed. */
export interface CallTrace {
  /** Runs work of the handler where what it does is seen as part of the call. */
  run<T>(work: () => T): T;
  setAttributes(attributes: SpanAttributes): void;
  addEvent(name: string, attributes?: SpanAttributes): void;
  /** The span of the call; `undefined` when it is not sampled. */
  sampledSpan(): SampledSpan | undefined;
  /** An attempt failed and another one begins. */
  retried(thrown: unknown, error: ErrorDescription): void;
  ended(end: CallEnd): void;
}

/** Follows the calls of one handler, each with something of its own: a span. */
export interface CallTracer {
  /** Whether anybody could see a call that begins now. Asked for every call: it is cheap. */
  isActive(): boolean;
  /** Begins to follow a call; `undefined` when nothing would come of it. Asked for every call: it is cheap then. */
  follow(args: readonly unknown[]): CallTrace | undefined;
}

/** An operation on an event store as a tracer knows it. */
export interface OperationInfo {
  readonly operation: string;
  readonly streamCategory: string;
  /** Id of the stream, when the operation is about one. */
  readonly streamId?: string | undefined;
  /** Whether it appends events: the command that it is part of tells how many. */
  readonly appends: boolean;
  /** Value of `db.system.name`, when it is known. */
  readonly system?: string | undefined;
}

/** How an operation on an event store ended. */
export interface OperationEnd {
  /** Number of events appended or read. */
  readonly events: number;
  /** Duration in seconds, as the metrics have it; NaN when the clock failed. */
  readonly seconds: number;
  /** What the store threw, and what that is; absent for a success. */
  readonly thrown?: unknown;
  readonly error?: ErrorDescription | undefined;
}

/** One operation on an event store that is followed. */
export interface OperationTrace {
  /** The span of the operation; `undefined` when it is not sampled. */
  sampledSpan(): SampledSpan | undefined;
  /** Runs work of the store where what it does is seen as part of the operation. */
  run<T>(work: () => T): T;
  ended(end: OperationEnd): void;
}

/** Makes the tracers of handlers, and follows operations on event stores. */
export interface TracingObserver {
  bind(handler: TracedHandler): CallTracer;
  /** `undefined` when nobody would see it. */
  followOperation(operation: OperationInfo): OperationTrace | undefined;
  /** Metadata of an event that tells where the event comes from; the very same when there is nothing to tell. */
  carry(metadata: unknown): unknown;
  /** Remembers what is active as the producer of a message that is handled in this process, now or later. */
  published(message: unknown): void;
  /** Hands a message on, once: commands that `work` gives, at once or later, follow from what produced the message. */
  deliver(message: unknown, work: () => void): void;
}
