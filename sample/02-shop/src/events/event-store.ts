import { isExpectedVersionConflictError } from '@event-driven-io/emmett';
import {
  getPostgreSQLEventStore,
  type PostgresEventStore,
} from '@event-driven-io/emmett-postgresql';
import { plainMetadata, TraceContextCarrier } from '@eventcore/nestjs-observability/tracing';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database.js';
import { categoryOf, ObservedStore } from './observed-store.js';
import type { ShopEvent } from './shop-event.js';

export interface StreamState<State> {
  readonly state: State;
  readonly version: bigint;
}

@Injectable()
export class EventStore implements OnModuleInit {
  private readonly store: PostgresEventStore;

  constructor(
    private readonly database: Database,
    private readonly observed: ObservedStore,
  ) {
    this.store = getPostgreSQLEventStore(database.url, {
      connectionOptions: { pool: database.pool },
      schema: { autoMigration: 'None' },
    });
  }

  async onModuleInit(): Promise<void> {
    await this.database.exclusively(async () => {
      await this.store.schema.migrate();
      await this.database.query(
        `CREATE INDEX IF NOT EXISTS shop_event_log
           ON emt_messages (transaction_id, global_position)`,
      );
    });
  }

  exists(stream: string): Promise<boolean> {
    return this.store.streamExists(stream);
  }

  async fold<State, Events extends ShopEvent>(
    stream: string,
    evolve: (state: State | undefined, event: Events) => State,
  ): Promise<StreamState<State | undefined>> {
    const { events, currentStreamVersion } = await this.observed.observe({
      name: 'read',
      category: categoryOf(stream),
      run: () => this.store.readStream<Events>(stream),
      eventsOf: (read) => read.events.length,
    });
    const state = events.reduce<State | undefined>(evolve, undefined);
    return { state, version: currentStreamVersion };
  }

  /** Without an expected version the event is appended whatever happened before. */
  async append(stream: string, event: ShopEvent, expectedVersion?: bigint): Promise<void> {
    const traced: ShopEvent = Object.assign({ metadata: carrier.write(undefined) }, event);
    const options = expectedVersion === undefined ? {} : { expectedStreamVersion: expectedVersion };
    await this.observed.observe({
      name: 'append',
      category: categoryOf(stream),
      run: () => this.store.appendToStream(stream, [traced], options),
      eventsOf: () => 1,
    });
  }
}

/** Lets a projection, in whatever process, go on in the trace of the command. */
const carrier = new TraceContextCarrier(plainMetadata);

export const isVersionConflict = isExpectedVersionConflictError;
