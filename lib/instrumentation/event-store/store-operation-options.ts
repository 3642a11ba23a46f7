import type { StoreEffect } from '../../kernel/observer.js';

/** Computes a value from the arguments of a call. */
export type ArgumentHook<T> = {
  // Method parameters are bivariant, so the hook may declare the parameter types of the method.
  call(...args: readonly unknown[]): T;
}['call'];

/** Computes a value from the result of a call and its arguments. */
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

/** Context of a call, passed to {@link EventStoreOperationOptions.prepare}. */
export interface PreparedCall {
  /** Returns metadata with the trace context and correlation ids of the call; the same object without any. */
  carry(metadata: unknown): unknown;
  /** Reports an event, or a list of events, that the method passes to a callback. */
  seen(events: unknown): void;
}

/** Hooks that extract the signals of an event store method. */
export interface EventStoreOperationOptions {
  /**
   * Effect on events: `append` counts them as written, `read` as read.
   *
   * @defaultValue `append` for an operation whose name begins with it, else `read`
   */
  readonly effect?: StoreEffect;
  /**
   * Id of the stream, from the arguments.
   *
   * @defaultValue no stream: the category is `unknown`, unless `category` sets it
   */
  readonly stream?: ArgumentHook<string | undefined>;
  /** Category of calls without a single stream: `all`. @defaultValue `unknown` */
  readonly category?: string;
  /** Events of each stream, for a method that appends to several. @defaultValue one stream */
  readonly perStream?: ArgumentHook<readonly StreamEvents[]>;
  /**
   * Events, or their number, from the result of the method: the resolved value of a promise, or
   * each item of a read stream.
   *
   * @defaultValue for a read, the elements of a list or of the property `events`; each item of a
   * stream is one
   */
  readonly events?: ResultHook<number | bigint | readonly unknown[] | undefined>;
  /** Version of the stream after the call. @defaultValue unknown */
  readonly version?: ResultHook<number | bigint | undefined>;
  /** Returns true for a result that reports a version conflict. @defaultValue errors only */
  readonly conflicted?: ResultHook<boolean>;
  /**
   * Returns true for an error that reports a version conflict, or the id of the stream if it is one
   * of several.
   *
   * @param error - Thrown value.
   */
  conflict?(error: unknown): boolean | string;
  /**
   * Returns true for an error that reports a missing stream; the operation then counts as
   * successful.
   *
   * @param error - Thrown value.
   */
  absent?(error: unknown): boolean;
  /**
   * True for an infinite stream, such as a subscription. The operation ends when the stream emits
   * `confirmation` or its first event; a later error is counted without an operation.
   *
   * @defaultValue `false`
   */
  readonly live?: boolean;
  /**
   * Returns replacement arguments of the method, such as events with a trace context or a callback
   * whose events are counted. It must not modify the given arguments.
   *
   * @param args - Arguments of the call.
   * @param call - Context of the call.
   */
  prepare?(args: readonly unknown[], call: PreparedCall): readonly unknown[];
}

/** Operation with all settings that are independent of an application. */
export interface StoreOperationSpec extends EventStoreOperationOptions {
  readonly operation: string;
  /** Value of `db.system.name`. */
  readonly system?: string | undefined;
  /** Returns the category of a stream. @defaultValue the part before its first `-` */
  categoryOf?(stream: string): string;
  /** Adds a trace context to appended events. @defaultValue true */
  readonly traceContext?: boolean;
  /** Streams whose version is published. */
  readonly versionsOf?: ReadonlySet<string>;
}
