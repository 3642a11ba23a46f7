import { isExpectedVersionConflictError } from '@event-driven-io/emmett';
import {
  getPostgreSQLEventStore,
  type PostgresEventStore,
} from '@event-driven-io/emmett-postgresql';
import { ObservabilityService } from '@eventcore/nestjs-observability';
import {
  emmettPostgresAdapter,
  emmettStreamCount,
} from '@eventcore/nestjs-observability/event-stores';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database.js';
import { EventLog } from './event-log.js';
import type { ShopEvent } from './shop-event.js';

export interface StreamState<State> {
  readonly state: State;
  readonly version: bigint;
}

/** The version of a stream that has no event yet. */
export const NEW_STREAM = 0n;

@Injectable()
export class EventStore implements OnModuleInit {
  private readonly store: PostgresEventStore;

  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    observability: ObservabilityService,
  ) {
    const store = getPostgreSQLEventStore(database.url, {
      connectionOptions: { pool: database.pool },
      schema: { autoMigration: 'None' },
    });
    this.store = observability.instrumentEventStore(store, emmettPostgresAdapter, {
      activeStreams: emmettStreamCount(database.pool),
      activeStreamsIntervalMs: 5_000,
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
    const { events, currentStreamVersion } = await this.store.readStream<Events>(stream);
    const state = events.reduce<State | undefined>(evolve, undefined);
    return { state, version: currentStreamVersion };
  }

  /**
   * Without an expected version the event is appended whatever happened before.
   *
   * @returns The position that projections have to reach for the event to be in them.
   */
  async append(stream: string, event: ShopEvent, expectedVersion?: bigint): Promise<string> {
    const options = expectedVersion === undefined ? {} : { expectedStreamVersion: expectedVersion };
    const appended = await this.store.appendToStream(stream, [event], options);
    return this.log.positionOf(stream, appended.nextExpectedStreamVersion);
  }
}

export const isVersionConflict = isExpectedVersionConflictError;
