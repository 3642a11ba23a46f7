import type {
  EventStoreOperationOptions,
  PreparedCall,
} from '../../instrumentation/event-store/store-operation-options.js';

/** Describes one method of an event store. */
export interface EventStoreMethod extends EventStoreOperationOptions {
  /** Value of the label `operation`. Use few distinct values, never an id; several methods may share one. */
  readonly operation: string;
  /** Set to true when a store may lack the method. @defaultValue false */
  readonly optional?: boolean;
}

/** Instruments an event store like the one that provides it. */
export type InstrumentStore = (store: unknown) => unknown;

/**
 * Describes an event store: the operations of its methods, and where they keep streams, events and conflicts. An
 * adapter consists of data and pure functions. It imports no client and holds no state.
 *
 * @example
 * ```ts
 * import type { EventStoreAdapter } from '@eventcore/nestjs-observability/event-stores';
 *
 * export const ledgerAdapter: EventStoreAdapter = {
 *   system: 'postgresql',
 *   methods: {
 *     record: {
 *       operation: 'append',
 *       stream: (account: string) => account,
 *       events: (_result, _account, entries: unknown[]) => entries,
 *     },
 *     history: { operation: 'read', stream: (account: string) => account },
 *   },
 *   conflict: (error) => error instanceof Error && error.name === 'LedgerMovedOn',
 * };
 * ```
 */
export interface EventStoreAdapter {
  /** Value of `db.system.name` in spans. @defaultValue none */
  readonly system?: string;
  /**
   * Entry methods by name. Calls that a method makes on the store itself belong to it and are not counted again.
   * Methods that are not listed are not observed.
   */
  readonly methods: Readonly<Record<string, EventStoreMethod>>;
  /**
   * Methods that pass another store to a callback, by name. Each function returns the arguments of the call with that
   * store instrumented. @defaultValue none
   */
  readonly sessions?: Readonly<
    Record<string, (args: readonly unknown[], instrument: InstrumentStore) => readonly unknown[]>
  >;
  /**
   * Returns true for an error that reports a version conflict, or the stream id when the call covers several streams.
   *
   * @param error - Thrown value.
   */
  conflict?(error: unknown): boolean | string;
  /**
   * Returns true for an error that reports a missing stream; the operation then counts as successful.
   *
   * @param error - Thrown value.
   */
  absent?(error: unknown): boolean;
  /**
   * Returns the number of streams, if the store can count them. @defaultValue unknown
   *
   * @param store - The original store.
   * @param limits - Time limit, and the signal that aborts when the count is given up.
   */
  countStreams?(
    store: object,
    limits: StreamCountLimits,
  ): number | bigint | Promise<number | bigint>;
}

/** Limits of one count of streams. */
export interface StreamCountLimits {
  /** Aborts when the count is given up. A count that observes it lets go of its connection. */
  readonly signal: AbortSignal;
  /** Time limit of the count in milliseconds. */
  readonly timeoutMs: number;
}

/** Options for the observation of one event store. */
export interface EventStoreOptions {
  /** Separator between the category and the rest of a stream id. @defaultValue '-' */
  readonly separator?: string;
  /**
   * Returns the category of a stream. Use few distinct values, never the id. If the function throws or returns no
   * string, the category is `unknown`.
   *
   * @param stream - Stream id.
   * @defaultValue the part of the id before the separator; `unknown` without a separator, and for a UUID or a number
   */
  category?(stream: string): string;
  /** Adds the trace context of the call to the metadata of appended events. @defaultValue true */
  readonly traceContext?: boolean;
  /**
   * Counts the streams of the store, in the background, one count at a time. A count that does not end when its signal
   * aborts keeps its connection, and no later count begins. @defaultValue the count of the adapter, if it has one
   */
  readonly activeStreams?: (
    limits: StreamCountLimits,
  ) => number | bigint | Promise<number | bigint>;
  /** Interval between two counts in milliseconds, 1,000 to 86,400,000. @defaultValue 60000 */
  readonly activeStreamsIntervalMs?: number;
  /** Time limit of a count in milliseconds, 1 or more. @defaultValue 10000 */
  readonly activeStreamsTimeoutMs?: number;
  /** Ids of streams whose version is published, at most 100. @defaultValue none */
  readonly streamVersions?: readonly string[];
}

/**
 * Returns events with the trace context of the call in their metadata; returns the same value when there is nothing to
 * add.
 */
export function carriedEvents(events: unknown, call: PreparedCall): unknown {
  if (!Array.isArray(events)) return carriedEvent(events, call);
  const carried = events.map((it: unknown) => carriedEvent(it, call));
  return carried.every((it, i) => it === events[i]) ? (events as unknown) : carried;
}

/**
 * Copies a plain event. An instance of a class is not copied: a copy would lack its private fields, and the store would
 * fail.
 */
function carriedEvent(event: unknown, call: PreparedCall): unknown {
  if (!isPlain(event)) return event;
  const metadata = call.carry(event.metadata);
  return metadata === event.metadata ? event : { ...event, metadata };
}

function isPlain(event: unknown): event is { readonly metadata?: unknown } {
  if (typeof event !== 'object' || event === null) return false;
  const prototype: unknown = Object.getPrototypeOf(event);
  return prototype === Object.prototype || prototype === null;
}

/** Returns the arguments with one of them replaced. */
export function withArgument(
  args: readonly unknown[],
  at: number,
  value: unknown,
): readonly unknown[] {
  return args[at] === value ? args : args.with(at, value);
}
