import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 1_000;

/** Closes a pool or a connection, unless its server hangs: that must keep nobody from ending. */
export async function endInTime(connection: { end(): Promise<void> }): Promise<void> {
  const ended = connection.end().catch(() => undefined);
  await Promise.race([ended, pause(LIMIT_MS, undefined, { ref: false })]);
}
