import type { StoreEffect } from '../../kernel/observer.js';

/** Computes something from the arguments of a call. */
export type ArgumentHook<T> = {
  // A method's parameters are bivariant: the hook may name the types that the method takes.
  call(...args: readonly unknown[]): T;
}['call'];

/** Computes something from the result of a call and its arguments. */
export type ResultHook<T> = {
  call(result: unknown, ...args: readonly unknown[]): T;
}['call'];

/** Events that a call appends to one of several streams. */
export interface StreamEvents {
  /** Id of the stream. */
  readonly stream: string;
  /** Number of events, 0 or more. */
  readonly events: number;
}

/** What a call offers to {@link EventStoreOperationOptions.prepare}. */
export interface PreparedCall {
  /** Metadata of an event with the trace context and correlation ids of the call; the very same when there are none. */
  carry(metadata: unknown): unknown;
  /** Tells of an event, or a list of them, that the method hands to a callback. */
  seen(events: unknown): void;
}

/** Where a method of an event store has what its signals tell. */
export interface EventStoreOperationOptions {
  /**
   * What happens to the events that the method is about: `append` counts them as written, `read` as read.
   *
   * @defaultValue `append` for an operation whose name begins with it, else `read`
   */
  readonly effect?: StoreEffect;
  /**
   * Id of the stream, from the arguments.
   *
   * @defaultValue no stream: the category is `unknown`, unless `category` names it
   */
  readonly stream?: ArgumentHook<string | undefined>;
  /** Category of calls that are about no single stream: `all`. @defaultValue `unknown` */
  readonly category?: string;
  /** The events of each stream, for a method that appends to several. @defaultValue one stream */
  readonly perStream?: ArgumentHook<readonly StreamEvents[]>;
  /**
   * The events, or their number, from what the method returned: the resolved value of a promise, for a read each item
   * of a stream.
   *
   * @defaultValue for a read the elements of a list, or of the property `events`; each item of a stream is one
   */
  readonly events?: ResultHook<number | bigint | readonly unknown[] | undefined>;
  /** The stream's version after the call. @defaultValue unknown */
  readonly version?: ResultHook<number | bigint | undefined>;
  /** Whether a result says that the stream had moved on. @defaultValue only errors do */
  readonly conflicted?: ResultHook<boolean>;
  /**
   * Whether an error says that the stream had moved on; the id of the stream when it is one of several.
   *
   * @param error - What was thrown.
   */
  conflict?(error: unknown): boolean | string;
  /**
   * Whether an error is the answer that there is no such stream: the operation succeeded.
   *
   * @param error - What was thrown.
   */
  absent?(error: unknown): boolean;
  /**
   * Whether a stream that the method returns goes on for ever, as that of a subscription: the operation ends when the
   * stream emits `confirmation` or its first event; a later error counts without an operation.
   *
   * @defaultValue `false`
   */
  readonly live?: boolean;
  /**
   * The arguments to call the method with, when they are not those given: events that carry a trace context, a callback
   * whose events are counted. What is given is not to be changed.
   *
   * @param args - What the method is called with.
   * @param call - What the call offers.
   */
  prepare?(args: readonly unknown[], call: PreparedCall): readonly unknown[];
}

/** One operation with everything that is fixed before it is bound to an application. */
export interface StoreOperationSpec extends EventStoreOperationOptions {
  readonly operation: string;
  /** Value of `db.system.name`. */
  readonly system?: string | undefined;
  /** Category of a stream; the part before its first `-` when left out. */
  categoryOf?(stream: string): string;
  /** Whether events may be given a trace context. @defaultValue true */
  readonly traceContext?: boolean;
  /** Streams whose version is published. */
  readonly versionsOf?: ReadonlySet<string>;
}
