import { runStatement } from '../../projections/sources/postgres/pooled-statement.js';
import type { PostgresQueries } from '../../projections/sources/postgres/postgres-tables.js';
import { errorTypeOf } from '../../kernel/errors/error-description.js';
import {
  carriedEvents,
  type EventStoreAdapter,
  type InstrumentStore,
  type StreamCountLimits,
  withArgument,
} from './event-store-adapter.js';

type AnyCallback = (...args: unknown[]) => unknown;

const byStream = { stream: (stream: string) => stream };

interface AppendResult {
  readonly nextExpectedStreamVersion?: bigint | number;
}

interface ReadResult {
  readonly currentStreamVersion?: bigint | number;
}

/**
 * Adapter for the event stores of Emmett, such as `getInMemoryEventStore` and `getPostgreSQLEventStore`, including the
 * sessions of its command handlers.
 *
 * @example
 * ```ts
 * import { ObservabilityService } from '@eventcore/nestjs-observability';
 * import { emmettAdapter } from '@eventcore/nestjs-observability/event-stores';
 *
 * export const eventStore = {
 *   provide: 'EVENT_STORE',
 *   inject: [ObservabilityService],
 *   useFactory: (observability: ObservabilityService) =>
 *     observability.instrumentEventStore(createStore(), emmettAdapter),
 * };
 *
 * declare function createStore(): object; // getInMemoryEventStore()
 * ```
 */
export const emmettAdapter: EventStoreAdapter = {
  methods: {
    appendToStream: {
      ...byStream,
      operation: 'append',
      events: (_result, _stream, events: readonly unknown[]) => events,
      version: (result: AppendResult) => result.nextExpectedStreamVersion,
      prepare: (args, call) => withArgument(args, 1, carriedEvents(args[1], call)),
    },
    readStream: {
      ...byStream,
      operation: 'read',
      version: (result: ReadResult) => result.currentStreamVersion,
    },
    aggregateStream: {
      ...byStream,
      operation: 'aggregate',
      // The result is a state, so the adapter counts the events that are folded into it.
      prepare: (args, call) => withArgument(args, 1, countingEvolve(args[1], call.seen.bind(call))),
    },
    streamExists: { ...byStream, operation: 'exists', effect: 'none', optional: true },
  },
  sessions: { withSession },
  conflict: (error) => /^(ExpectedVersionConflict|Concurrency)Error$/.test(errorTypeOf(error)),
};

/** {@link emmettAdapter} for its PostgreSQL store. */
export const emmettPostgresAdapter: EventStoreAdapter = { ...emmettAdapter, system: 'postgresql' };

/** SQL client for the database of Emmett's store: a `Pool` or a `Client` of pg. */
export interface EmmettDatabase {
  /** Runs a statement without parameters. */
  query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
}

const NO_SIGNAL: StreamCountLimits = { signal: new AbortController().signal, timeoutMs: 10_000 };

const COUNT_STREAMS = 'SELECT count(*) AS streams FROM emt_streams WHERE NOT is_archived';

/**
 * Counts the streams of Emmett's PostgreSQL store, for the option `activeStreams`. On a pool, a count that is given up
 * has the pool destroy its connection, and the server cancels it after the same time limit.
 *
 * @param database - Pool on the database of the store. The connection of a single client cannot be replaced.
 *
 * @example
 * ```ts
 * import { ObservabilityService } from '@eventcore/nestjs-observability';
 * import {
 *   emmettPostgresAdapter,
 *   emmettStreamCount,
 * } from '@eventcore/nestjs-observability/event-stores';
 * import type { Pool } from 'pg';
 *
 * export const observed = (observability: ObservabilityService, store: object, pool: Pool) =>
 *   observability.instrumentEventStore(store, emmettPostgresAdapter, {
 *     activeStreams: emmettStreamCount(pool),
 *   });
 * ```
 */
export function emmettStreamCount(
  database: EmmettDatabase,
): (limits?: StreamCountLimits) => Promise<number> {
  return async (limits = NO_SIGNAL) => {
    const statement = { text: COUNT_STREAMS, values: [] };
    const { rows } = await runStatement(database as PostgresQueries, statement, limits);
    // PostgreSQL counts in bigint, which pg returns as a string.
    return Number(rows[0]?.['streams']);
  };
}

function countingEvolve(options: unknown, seen: (event: unknown) => void): unknown {
  const { evolve } = (options ?? {}) as { readonly evolve?: unknown };
  if (typeof evolve !== 'function') return options;
  const counting = (state: unknown, event: unknown, ...rest: unknown[]): unknown => {
    seen(event);
    return (evolve as AnyCallback)(state, event, ...rest);
  };
  return { ...(options as object), evolve: counting };
}

interface Session {
  readonly eventStore: unknown;
}

/** A session has a separate store on one connection. */
function withSession(args: readonly unknown[], instrument: InstrumentStore): readonly unknown[] {
  const [callback, ...rest] = args;
  if (typeof callback !== 'function') return args;
  const observed = (session: Session, ...others: unknown[]): unknown =>
    (callback as AnyCallback)(
      { ...session, eventStore: instrument(session.eventStore) },
      ...others,
    );
  return [observed, ...rest];
}
