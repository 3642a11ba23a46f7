import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Event, isExpectedVersionConflictError } from '@event-driven-io/emmett';
import type { PostgresEventStore } from '@event-driven-io/emmett-postgresql';
import { Logger } from '@nestjs/common';
import { isConnectionLost, wasNotSent } from '../database/lost-connection.js';

type Append = PostgresEventStore['appendToStream'];
type Appended = Awaited<ReturnType<Append>>;

/** Finds what an append has stored under the id of its last event. */
export type FindAppended = (stream: string, messageId: string) => Promise<Appended | undefined>;

const RETRY_INTERVAL_MS = 250;
/** Longer than a fail-over takes. At most as many appends wait as the pool has connections. */
const LIMIT_MS = 60_000;

/**
 * An event store that knows whether an append has happened. When a connection breaks before the answer to COMMIT, the
 * event may be stored or not, or be stored a moment later, when a frozen server goes on. The append is then repeated
 * with the same version and the same event id: it succeeds, or it meets a conflict, and the id tells with whom.
 *
 * Appends must expect a version.
 */
export function settlingAppends(store: PostgresEventStore, find: FindAppended): PostgresEventStore {
  const logger = new Logger('EventStore');
  const appendToStream: Append = async (stream, events, options) => {
    const ids = events.map(() => randomUUID());
    const identified = events.map((event, i) => identify(event, ids[i]));
    const append = () => store.appendToStream(stream, identified, options);
    try {
      return await append();
    } catch (error) {
      if (!isConnectionLost(error) || wasNotSent(error)) throw error;
      logger.warn(`An append lost its connection and is settled: ${error.message}`);
    }
    return whenConnected(async () => {
      try {
        return await append();
      } catch (error) {
        const own = isExpectedVersionConflictError(error) && (await find(stream, ids.at(-1) ?? ''));
        if (own) return own;
        throw error;
      }
    });
  };
  return { ...store, appendToStream };
}

/** Repeats work while the database cannot be reached, within a limit. */
export async function whenConnected<Result>(work: () => Promise<Result>): Promise<Result> {
  const giveUpAtMs = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLost(error) || performance.now() > giveUpAtMs) throw error;
      await pause(RETRY_INTERVAL_MS, undefined, { ref: false });
    }
  }
}

const identify = <E extends Event>(event: E, messageId: string | undefined): E => ({
  ...event,
  metadata: { ...(event as { readonly metadata?: object }).metadata, messageId },
});
