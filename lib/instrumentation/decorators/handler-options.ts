import type { InjectionToken } from '@nestjs/common';
import type { SpanOptions } from '../../kernel/call-tracer.js';
import type { EventFilter, JobAttempt } from '../../kernel/observer.js';
import type { Outcome } from '../../kernel/errors/error-classification.js';

/** Method that a decorator observes. */
export type HandlerMethod = {
  // Method parameters are bivariant, so methods with any parameters extend it.
  call(...args: readonly unknown[]): unknown;
}['call'];

/** Result of a handler: the resolved value of a promise, a value of an Observable or async iterator. */
export type HandlerResult<M extends HandlerMethod> =
  Awaited<ReturnType<M>> extends { forEach(next: (value: infer Value) => void): Promise<void> }
    ? Value
    : Awaited<ReturnType<M>> extends AsyncIterator<infer Value, infer Last>
      ? Value | Last
      : Awaited<ReturnType<M>>;

/** Event that a projection handles: the first parameter of the method, or an element of it for an array. */
export type HandledEvent<M extends HandlerMethod> =
  Parameters<M>[0] extends readonly (infer Event)[] ? Event : Parameters<M>[0];

/** Method decorator whose options take the types of their hooks from the decorated method. */
export type HandlerDecorator<M extends HandlerMethod> = MethodDecorator &
  ((target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<M>) => void);

/** Options of every handler decorator. */
export interface HandlerOptions<M extends HandlerMethod = HandlerMethod> {
  /**
   * Name under which the handler reports, 1 to 128 characters.
   *
   * @defaultValue for a command or query the class of the first parameter, else `Class.method`; for a projection the
   * name of its class
   */
  readonly name?: string;
  /** Allows several handlers to report under the same name; all of them must set it. @defaultValue false */
  readonly shared?: boolean;
  /**
   * Values of the labels that the module declares in `handlerLabels`, computed from the arguments
   * of a call. An undeclared value is recorded as `__other__`.
   */
  readonly labels?: Readonly<Record<string, LabelHook<M>>>;
  /** Ascending upper bounds of the handler's duration histogram in seconds. @defaultValue 1 ms to 10 s */
  readonly buckets?: readonly number[];
  /**
   * Determines the outcome of a failed call; `undefined` applies the library's rules.
   *
   * @param error - Thrown value.
   */
  outcome?(error: unknown): Outcome | undefined;
  /**
   * Enables {@link currentObservation} inside this handler. It costs an `AsyncLocalStorage.run` per
   * call and is therefore off by default.
   *
   * @defaultValue false
   */
  readonly context?: boolean;
  /** Span of a call; `false` disables it. @defaultValue a span named after the handler */
  readonly span?: SpanOptions | false;
}

/** Computes a label value from the arguments of a call. */
export type LabelHook<M extends HandlerMethod = HandlerMethod> = {
  // Method parameters are bivariant, so the hook may declare parameter types of its own.
  call(...args: Parameters<M>): string;
}['call'];

/** Options of {@link Command}. */
export interface CommandOptions<M extends HandlerMethod = HandlerMethod> extends HandlerOptions<M> {
  /**
   * Returns the id of a command, for the span attribute `command.id`; never a label.
   *
   * @param args - Arguments of the handler.
   * @defaultValue the property `commandId` of the first argument
   */
  id?(...args: Parameters<M>): string | number | bigint | undefined;
  /**
   * Returns the number of events that a successful command has produced.
   *
   * @param result - Result of the handler: the resolved value of a promise, the last value of an
   * Observable or async iterator.
   * @returns Number of events, or the events; `undefined` if unknown.
   */
  events?(result: HandlerResult<M>): number | readonly unknown[] | undefined;
}

/** Options of {@link Query}. */
export type QueryOptions<M extends HandlerMethod = HandlerMethod> = HandlerOptions<M>;

/** Options of {@link Projection}. */
export interface ProjectionOptions<
  M extends HandlerMethod = HandlerMethod,
> extends HandlerOptions<M> {
  /**
   * Returns the metadata of an event, which contains the trace context of its producer.
   *
   * @param event - First argument of the handler, or an element of it for an array.
   * @defaultValue the property `metadata` of the event
   */
  metadata?(event: HandledEvent<M>): unknown;
  /**
   * Returns the time at which an event was recorded, as a date or in milliseconds since the Unix
   * epoch. It determines latency. Events younger than two minutes are handled in the trace of their
   * producer; older events and those of unknown age are handled in a new trace with a link to it.
   *
   * @param event - As in `metadata`.
   * @defaultValue unknown
   */
  eventTime?(event: HandledEvent<M>): Date | number | undefined;
  /**
   * Returns the position of an event in its store. A handled position counts as committed, unless a
   * checkpoint source or the runner reports another one.
   *
   * @param event - As in `metadata`.
   * @defaultValue unknown
   */
  position?(event: HandledEvent<M>): number | bigint | string | undefined;
  /** True if the first argument of the handler is an array of events: a batch. @defaultValue false */
  readonly batch?: boolean;
  /**
   * Returns the number of events that the handler skipped because they were irrelevant to this
   * projection or already applied.
   *
   * @param result - As in `events` of a command.
   * @returns Number of events; `true` for one.
   * @defaultValue none
   */
  onSkip?(result: HandlerResult<M>): number | boolean | undefined;
  /**
   * Token of the provider that reports the end of the log: a `HeadSource`. Like the options below,
   * it applies to the whole projection and is set on one of its methods.
   *
   * @defaultValue the module's `projections.head`
   */
  readonly head?: InjectionToken;
  /**
   * Token of the provider that reports the committed position: a `CheckpointSource`.
   *
   * @defaultValue the module's `projections.checkpoint`
   */
  readonly checkpoint?: InjectionToken;
  /** Filter of the events that the projection handles; its head considers these events only. @defaultValue all */
  readonly filter?: EventFilter;
  /**
   * Idle time in milliseconds, above 0, after which a projection without a head source counts as up
   * to date.
   *
   * @defaultValue the module's `projections.idleAfterMs`
   */
  readonly idleAfterMs?: number;
  /**
   * Time in milliseconds, above 0, without progress while lagging, or without a poll, after which
   * the projection is stalled.
   *
   * @defaultValue the module's `projections.stalledAfterMs`
   */
  readonly stalledAfterMs?: number;
  /**
   * Returns true if this process currently owns the projection. Only the owner publishes it.
   * @defaultValue always true
   */
  owner?(): boolean;
}

/** Hooks of an integration for the calls of a method that it has found. */
export interface QueuedOptions {
  /** Queue of a job. */
  readonly queue?: string;
  /** Returns the attempt at a job that a call is; `undefined` for a call by hand. */
  attempt?(args: readonly unknown[], nowMs: number): JobAttempt | undefined;
  /** Returns true for a call around which another instrumentation has made a span. */
  hasSpan?(...args: readonly unknown[]): boolean;
}

/** Options of all decorators. */
export type AnyHandlerOptions = CommandOptions & ProjectionOptions & QueuedOptions;
