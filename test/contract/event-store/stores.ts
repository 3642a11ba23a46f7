import { type EventStore, getInMemoryEventStore } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { jsonEvent, KurrentDBClient } from '@kurrent/kurrentdb-client';
import pg from 'pg';
import {
  emmettAdapter,
  emmettPostgresAdapter,
  emmettStreamCount,
  type EventStoreAdapter,
  type EventStoreOptions,
  kurrentAdapter,
  ocodaAdapter,
  plainAdapter,
} from '../../../lib/integrations/event-store/index.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { systemProgram } from '../../system/system-program.js';
import { KurrentDouble } from './kurrent-double.js';
import { OcodaDouble, OcodaStream } from './ocoda-double.js';
import { type PlainEvent, PlainStore } from './plain-double.js';

/** An event store that is open, and how a test talks to it. */
export interface OpenStore<S extends object> {
  readonly store: S;
  /** Appends one event per sku; `isNew` only to a stream that has none. */
  append(store: S, stream: string, skus: readonly string[], isNew: boolean): Promise<unknown>;
  /** The skus of the events of a stream. */
  read(store: S, stream: string): Promise<readonly string[]>;
  /** The metadata of the first event of a stream. */
  metadata?(store: S, stream: string): Promise<unknown>;
  readonly options?: EventStoreOptions;
  close?(): Promise<void>;
}

/** An adapter with a store that it is for. */
export interface StoreSubject {
  readonly name: string;
  readonly adapter: EventStoreAdapter;
  readonly conflict: string;
  /** Why it cannot run here, if it cannot. */
  readonly missing?: string | undefined;
  open(): Promise<OpenStore<never>>;
}

type SkuEvent = { type: 'Added'; data: { sku: string }; metadata?: Record<string, unknown> };

const added = (sku: string): SkuEvent => ({ type: 'Added', data: { sku } });

function emmett<S extends EventStore>(store: S): OpenStore<S> {
  return {
    store,
    append: (it, stream, skus, isNew) =>
      it.appendToStream<SkuEvent>(
        stream,
        skus.map(added),
        isNew ? { expectedStreamVersion: 0n } : undefined,
      ),
    read: async (it, stream) => {
      const { events } = await it.readStream<SkuEvent>(stream);
      return events.map(({ data }) => data.sku);
    },
    metadata: async (it, stream) => (await it.readStream<SkuEvent>(stream)).events[0]?.metadata,
  };
}

async function emmettPostgres(): Promise<OpenStore<EventStore>> {
  const database = await RunningPostgres.start();
  const pool = new pg.Pool({ connectionString: database.url });
  // The server ends before the last connection does.
  pool.on('error', () => undefined);
  const store = getPostgreSQLEventStore(database.url, { connectionOptions: { pool } });
  return {
    ...emmett<EventStore>(store as unknown as EventStore),
    options: { activeStreams: emmettStreamCount(pool) },
    close: async () => {
      await store.close();
      await pool.end();
      await database.stop();
    },
  };
}

async function kurrent(): Promise<OpenStore<KurrentDBClient>> {
  const server = await new KurrentDouble().open();
  const store = KurrentDBClient.connectionString(server.url);
  const eventsOf = async (it: KurrentDBClient, stream: string) => {
    const events = [];
    for await (const { event } of it.readStream(stream)) if (event) events.push(event);
    return events;
  };
  return {
    store,
    append: (it, stream, skus, isNew) =>
      it.appendToStream(
        stream,
        skus.map((sku) => jsonEvent(added(sku))),
        { streamState: isNew ? 'no_stream' : 'any' },
      ),
    read: async (it, stream) => {
      try {
        return (await eventsOf(it, stream)).map(({ data }) => (data as { sku: string }).sku);
      } catch (error) {
        if ((error as { type?: string }).type === 'stream-not-found') return [];
        throw error;
      }
    },
    metadata: async (it, stream) => (await eventsOf(it, stream))[0]?.metadata,
    close: async () => {
      await store.dispose();
      server.close();
    },
  };
}

function ocoda(): OpenStore<OcodaDouble> {
  const streamOf = (stream: string) => {
    const [aggregate = '', ...id] = stream.split('-');
    return new OcodaStream(aggregate, id.join('-'));
  };
  return {
    store: new OcodaDouble(),
    append: (it, stream, skus, isNew) => {
      const before = it.envelopes.filter(({ streamId }) => streamId === stream).length;
      const version = (isNew ? 0 : before) + skus.length;
      return it.appendEvents(
        streamOf(stream),
        version,
        skus.map((sku) => ({ sku })),
      );
    },
    read: async (it, stream) => {
      const skus: string[] = [];
      for await (const batch of it.getEvents(streamOf(stream)))
        skus.push(...batch.map(({ sku }) => sku));
      return skus;
    },
  };
}

function plain(): OpenStore<PlainStore> {
  const eventsOf = async (it: PlainStore, stream: string) => {
    const events: PlainEvent[] = [];
    for await (const event of it.readStream(stream)) events.push(event);
    return events;
  };
  return {
    store: new PlainStore(),
    append: (it, stream, skus, isNew) =>
      it.append(
        stream,
        skus.map((sku) => ({ type: 'Added', sku })),
        isNew ? 0 : undefined,
      ),
    read: async (it, stream) => (await eventsOf(it, stream)).map(({ sku }) => sku),
    metadata: async (it, stream) => (await eventsOf(it, stream))[0]?.metadata,
  };
}

const opened = <S extends object>(store: OpenStore<S>) => store as unknown as OpenStore<never>;

export const subjects: readonly StoreSubject[] = [
  {
    name: 'Emmett in memory',
    adapter: emmettAdapter,
    conflict: 'ExpectedVersionConflictError',
    open: async () => opened(emmett(getInMemoryEventStore() as unknown as EventStore)),
  },
  {
    name: 'Emmett on PostgreSQL',
    adapter: emmettPostgresAdapter,
    conflict: 'ExpectedVersionConflictError',
    // Needs Debian's postgresql.
    missing: systemProgram('postgres') === undefined ? 'postgres' : undefined,
    open: async () => opened(await emmettPostgres()),
  },
  {
    name: 'the client of KurrentDB',
    adapter: kurrentAdapter,
    conflict: 'WrongExpectedVersionError',
    open: async () => opened(await kurrent()),
  },
  {
    name: 'a store of @ocoda/event-sourcing',
    adapter: ocodaAdapter,
    conflict: 'MongoServerError',
    open: async () => opened(ocoda()),
  },
  {
    name: 'a store of the application',
    adapter: plainAdapter,
    conflict: 'ConcurrencyError',
    open: async () => opened(plain()),
  },
];
