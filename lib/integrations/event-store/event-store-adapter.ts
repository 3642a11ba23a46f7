import type {
  EventStoreOperationOptions,
  PreparedCall,
} from '../../instrumentation/event-store/store-operation-options.js';

/** How one method of an event store is seen. */
export interface EventStoreMethod extends EventStoreOperationOptions {
  /** Value of the label `operation`: few values, never an id; methods may share one. */
  readonly operation: string;
  /** Whether a store may lack the method. @defaultValue false */
  readonly optional?: boolean;
}

/** Makes an event store observed like the one that hands it out. */
export type InstrumentStore = (store: unknown) => unknown;

/**
 * How an event store is seen: which of its methods do what, and where they have their streams, events and conflicts. An
 * adapter is data and pure functions; it imports no client and keeps nothing.
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
  /** Value of `db.system.name` of the spans. @defaultValue none */
  readonly system?: string;
  /**
   * The methods by which callers come in, by their names. What one of them calls on the store itself is part of it and
   * not counted again; what is not listed is not seen.
   */
  readonly methods: Readonly<Record<string, EventStoreMethod>>;
  /**
   * Methods that hand a further store to a callback, by their names: the arguments to call them with, so that it is
   * observed, too. @defaultValue none
   */
  readonly sessions?: Readonly<
    Record<string, (args: readonly unknown[], instrument: InstrumentStore) => readonly unknown[]>
  >;
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
   * Number of streams in the store, when the store can tell. @defaultValue unknown
   *
   * @param store - The store as it was given.
   */
  countStreams?(store: object): number | bigint | Promise<number | bigint>;
}

/** How one event store of an application is observed. */
export interface EventStoreOptions {
  /** What separates the category of a stream from the rest of its id. @defaultValue '-' */
  readonly separator?: string;
  /**
   * Category of a stream: few values, never the id. What throws, or gives no text, makes it `unknown`.
   *
   * @param stream - Id of the stream.
   * @defaultValue the part of the id before its separator; `unknown` without one, and for a UUID or a number
   */
  category?(stream: string): string;
  /** Whether events that are appended carry the trace context of the call in their metadata. @defaultValue true */
  readonly traceContext?: boolean;
  /** Counts the streams of the store, in the background. @defaultValue the count of the adapter, if it has one */
  readonly activeStreams?: () => number | bigint | Promise<number | bigint>;
  /** Milliseconds between two counts, 1,000 to 86,400,000. @defaultValue 60000 */
  readonly activeStreamsIntervalMs?: number;
  /** Milliseconds after which a count is given up, 1 or more. @defaultValue 10000 */
  readonly activeStreamsTimeoutMs?: number;
  /** Ids of streams whose version is published, at most 100. @defaultValue none */
  readonly streamVersions?: readonly string[];
}

/** Events with the trace context of the call in their metadata; the very same where there is nothing to write. */
export function carriedEvents(events: unknown, call: PreparedCall): unknown {
  if (!Array.isArray(events)) return carriedEvent(events, call);
  const carried = events.map((it: unknown) => carriedEvent(it, call));
  return carried.every((it, i) => it === events[i]) ? (events as unknown) : carried;
}

/**
 * A copy of a plain event. An instance of a class is left as it is: a copy would lack its private fields, and the store
 * would fail over it.
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

/** A list of arguments with another one at a place. */
export function withArgument(
  args: readonly unknown[],
  at: number,
  value: unknown,
): readonly unknown[] {
  return args[at] === value ? args : args.with(at, value);
}
