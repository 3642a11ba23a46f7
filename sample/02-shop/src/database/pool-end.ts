import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';

const LIMIT_MS = 1_000;

/** Closes the connections of a pool, unless its server hangs: that must keep nobody from ending. */
export async function endPool(pool: pg.Pool): Promise<void> {
  await Promise.race([pool.end(), pause(LIMIT_MS, undefined, { ref: false })]);
}
