import { systemTimers, type Timers } from './timers.js';

/** Time limit for work that may never end. */
export interface TimeLimit {
  /** Milliseconds, 0 or more. */
  readonly limitMs: number;
  /** Set to true to keep the process alive, as during a shutdown. @defaultValue false */
  readonly keepsAlive?: boolean;
  /** Timers that measure the limit. @defaultValue the system timers */
  readonly timers?: Timers;
}

/**
 * Waits for work until the time limit expires.
 *
 * @returns True when the work ended in time.
 * @throws The rejection of the work, if it rejects in time.
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
 * Waits for the value of a promise until the time limit expires.
 *
 * @param late - Creates the error for an expired limit.
 * @throws The error from `late`, or the rejection of the promise, if it rejects in time.
 */
export async function withinTime<T>(
  work: Promise<T>,
  limit: TimeLimit,
  late: () => Error,
): Promise<T> {
  if (await endsWithin(work, limit)) return work;
  throw late();
}

/** Rejects with the abort reason of a signal when it aborts. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
