import type { InjectionToken } from '@nestjs/common';
import type { SpanOptions } from '../../kernel/call-tracer.js';
import type { EventFilter } from '../../kernel/observer.js';
import type { Outcome } from '../../kernel/error-classification.js';

/** What every handler decorator takes. */
export interface HandlerOptions {
  /**
   * Name under which the handler reports, 1 to 128 characters.
   *
   * @defaultValue for a command or query the class of the first parameter, else `Class.method`; for a projection the
   * name of its class
   */
  readonly name?: string;
  /** Allows other handlers to report under the same name; all of them must say so. @defaultValue false */
  readonly shared?: boolean;
  /**
   * Values of the labels that the module declares in `handlerLabels`, computed from the arguments of a call.
   * What is not on the declared list is recorded as `__other__`.
   */
  readonly labels?: Readonly<Record<string, LabelHook>>;
  /** Bounds of the handler's duration histogram in seconds, ascending. @defaultValue 1 ms to 10 s */
  readonly buckets?: readonly number[];
  /**
   * Decides the outcome of a call that threw; `undefined` leaves it to the library.
   *
   * @param error - What was thrown.
   */
  outcome?(error: unknown): Outcome | undefined;
  /**
   * Makes {@link currentObservation} work inside this handler. It costs an `AsyncLocalStorage.run` per call, so it is off
   * unless asked for.
   *
   * @defaultValue false
   */
  readonly context?: boolean;
  /** How calls are shown as spans; `false` for none. @defaultValue a span named after the handler */
  readonly span?: SpanOptions | false;
}

/** Computes a label value from the arguments of a call. */
export type LabelHook = {
  // A method's parameters are bivariant: the hook may name the types that its handler takes.
  call(...args: readonly unknown[]): string;
}['call'];

/** What {@link Command} takes. */
export interface CommandOptions extends HandlerOptions {
  /**
   * Identity of a command, for the attribute `command.id` of its span; never a label.
   *
   * @param args - What the handler is called with.
   * @defaultValue the property `commandId` of the first argument
   */
  id?(...args: readonly unknown[]): string | number | bigint | undefined;
  /**
   * Tells how many events a successful command produced.
   *
   * @param result - What the handler returned: the resolved value of a promise, the last value of an Observable or
   * async iterator.
   * @returns The number of events, or the events; `undefined` when nobody knows.
   */
  events?(result: unknown): number | readonly unknown[] | undefined;
}

/** What {@link Query} takes. */
export type QueryOptions = HandlerOptions;

/** What {@link Projection} takes. */
export interface ProjectionOptions extends HandlerOptions {
  /**
   * Where an event keeps the trace context of its producer.
   *
   * @param event - The handler's first argument, or an element of it when that is an array.
   * @defaultValue the property `metadata` of the event
   */
  metadata?(event: unknown): unknown;
  /**
   * When an event was recorded, as a date or in milliseconds since the Unix epoch. Latency is measured from it. Events
   * younger than two minutes are handled in the trace of their producer; older ones, and those of unknown age, in a
   * trace that is linked to it.
   *
   * @param event - As in `metadata`.
   * @defaultValue unknown
   */
  eventTime?(event: unknown): Date | number | undefined;
  /**
   * Where an event stands in the order of its store. What a handler has applied counts as committed, unless a source or
   * the runner tells what is.
   *
   * @param event - As in `metadata`.
   * @defaultValue unknown
   */
  position?(event: unknown): number | bigint | string | undefined;
  /** The handler's first argument is an array of events: a batch. @defaultValue false */
  readonly batch?: boolean;
  /**
   * Tells from what the handler returned how many of its events were not for this projection, or applied before.
   *
   * @param result - As in `events` of a command.
   * @returns The number of events; `true` for one.
   * @defaultValue none
   */
  onSkip?(result: unknown): number | boolean | undefined;
  /**
   * Token of the provider that tells where the log ends: a `HeadSource`. Like the options below, it holds for the whole
   * projection: one of its methods says it.
   *
   * @defaultValue the module's `projections.head`
   */
  readonly head?: InjectionToken;
  /**
   * Token of the provider that tells what is committed: a `CheckpointSource`.
   *
   * @defaultValue the module's `projections.checkpoint`
   */
  readonly checkpoint?: InjectionToken;
  /** Events that the projection handles; heads are those of these events alone. @defaultValue all */
  readonly filter?: EventFilter;
  /**
   * Milliseconds without an event after which a projection without a head source counts as having applied all, above 0.
   *
   * @defaultValue the module's `projections.idleAfterMs`
   */
  readonly idleAfterMs?: number;
  /**
   * Milliseconds behind at one checkpoint, or without a poll, after which the projection is stalled, above 0.
   *
   * @defaultValue the module's `projections.stalledAfterMs`
   */
  readonly stalledAfterMs?: number;
  /** Whether this process owns the projection now, when several could: only the owner publishes it. @defaultValue it does */
  owner?(): boolean;
}

/** The options of all decorators. */
export type AnyHandlerOptions = CommandOptions & ProjectionOptions;
