import { systemTimers, type Timers } from './timers.js';

/** A limit for work that may never end. */
export interface TimeLimit {
  /** Milliseconds, 0 or more. */
  readonly limitMs: number;
  /** Whether the limit keeps the process alive, as a shutdown in progress must. @defaultValue false */
  readonly keepsAlive?: boolean;
  /** Timers that measure the limit. @defaultValue those of the process */
  readonly timers?: Timers;
}

/**
 * Waits for work that may never end.
 *
 * @returns `true` when the work ended in time, `false` when it is given up.
 * @throws Whatever the work rejects with in time.
 */
export async function endsWithin(work: Promise<unknown>, limit: TimeLimit): Promise<boolean> {
  const { limitMs, keepsAlive = false, timers = systemTimers } = limit;
  let cancel: (() => void) | undefined;
  const expired = new Promise<false>((resolve) => {
    cancel = timers.after(limitMs, () => resolve(false), { keepsAlive });
  });
  try {
    return await Promise.race([work.then(() => true), expired]);
  } finally {
    cancel?.();
  }
}

/**
 * Waits for the value of a promise that may never settle.
 *
 * @param late - The error for a value that is not there in time.
 * @throws What `late` returns, or whatever the promise rejects with in time.
 */
export async function withinTime<T>(
  work: Promise<T>,
  limit: TimeLimit,
  late: () => Error,
): Promise<T> {
  if (await endsWithin(work, limit)) return work;
  throw late();
}

/** Rejects with the reason of a signal when it is aborted. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
