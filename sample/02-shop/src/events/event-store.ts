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
import { settlingAppends, whenConnected } from './settled-appends.js';
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
    const settling = settlingAppends(store, (...place) => this.findAppended(...place));
    this.store = observability.instrumentEventStore(settling, emmettPostgresAdapter, {
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

  async version(stream: string): Promise<bigint> {
    const [row] = await this.database.query<{ version: string }>(
      `SELECT stream_position::text AS version FROM emt_streams
        WHERE stream_id = $1 AND partition = 'emt:default' AND NOT is_archived`,
      [stream],
    );
    return row ? BigInt(row.version) : NEW_STREAM;
  }

  /** @returns The position that projections have to reach for the event to be in them. */
  async append(stream: string, event: ShopEvent, expectedVersion: bigint): Promise<string> {
    const { nextExpectedStreamVersion: version } = await this.store.appendToStream(
      stream,
      [event],
      { expectedStreamVersion: expectedVersion },
    );
    // The event is stored: whatever happens to the connection now, the command has succeeded.
    return whenConnected(() => this.log.positionOf(stream, version));
  }

  private async findAppended(stream: string, messageId: string) {
    const [row] = await this.database.query<{ version: string; position: string }>(
      `SELECT stream_position::text AS version, global_position::text AS position
         FROM emt_messages
        WHERE stream_id = $1 AND message_id = $2 AND partition = 'emt:default' AND NOT is_archived`,
      [stream, messageId],
    );
    if (!row) return undefined;
    const version = BigInt(row.version);
    return {
      nextExpectedStreamVersion: version,
      lastEventGlobalPosition: BigInt(row.position),
      createdNewStream: version === 1n,
    };
  }
}

export const isVersionConflict = isExpectedVersionConflictError;
