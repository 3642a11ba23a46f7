import { errorKind } from '../../../kernel/faults.js';
import type { ShipAnswer, ShipRequest } from './http-transport.js';
import type { QueuedLine } from './ship-queue.js';

/** Lines that a receiver did not take. */
export interface Verdict {
  /** Lines to send again. */
  readonly again: readonly QueuedLine[];
  /** Number of lines that the receiver will never take. */
  readonly refused: number;
  /** Reason for the first line that is not taken, without its content; absent when all are. */
  readonly problem?: string;
  /** True when fewer lines may fit. */
  readonly isTooLarge?: boolean;
}

/** Protocol of a receiver. */
export interface ShipFormat {
  /** Returns the request for lines, the oldest first. */
  request(lines: readonly QueuedLine[]): ShipRequest;
  /** Reads a 2xx answer. @throws for an answer that is not of the protocol: the lines are sent again. */
  read(answer: ShipAnswer, lines: readonly QueuedLine[]): Verdict;
  /** Returns true when lines are sent again after a status. @defaultValue 408, 425, 429 and all from 500 */
  isTemporary?(status: number): boolean;
  /** Request before the first batch, such as one for an index template. */
  readonly preparation?: ShipRequest | undefined;
}

/** All lines were taken. */
export const TAKEN: Verdict = { again: [], refused: 0 };

const LONGEST_RETRY_AFTER_MS = 300_000;
const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 30_000;

/** Returns the verdict of any answer. */
export function verdictOf(
  answer: ShipAnswer,
  lines: readonly QueuedLine[],
  format: ShipFormat,
): Verdict {
  const { status, contentType } = answer;
  const problem = `the receiver answered ${status}`;
  if (status >= 200 && status < 300) {
    // A proxy or a login page answered in place of the receiver.
    if (contentType.startsWith('text/html'))
      return { again: lines, refused: 0, problem: `${problem} with HTML` };
    try {
      return format.read(answer, lines);
    } catch {
      return {
        again: lines,
        refused: 0,
        problem: `${problem} with something else than its protocol`,
      };
    }
  }
  if (status === 413 && lines.length > 1)
    return { again: lines, refused: 0, problem, isTooLarge: true };
  if (isTemporary(status, format)) return { again: lines, refused: 0, problem };
  return { again: [], refused: lines.length, problem };
}

/** Returns true when the same request may succeed later. */
export function isTemporary(status: number, format: ShipFormat): boolean {
  if (format.isTemporary !== undefined) return format.isTemporary(status);
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/**
 * Returns the delay before the next attempt in milliseconds: doubled for each failure up to 30 seconds, less up to a half
 * at random, and at least what `Retry-After` wants, up to five minutes.
 *
 * @param failures - Consecutive failures, from 1.
 * @param random - From 0 to below 1.
 */
export function retryDelayMs(failures: number, random: number, retryAfterMs = 0): number {
  const slowed = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LAST_DELAY_MS);
  return Math.max(slowed * (1 - random / 2), Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
}

/** Returns the milliseconds of `Retry-After`: seconds, or a date. Anything else is 0. */
export function retryAfterMs(value: string, nowMs: number): number {
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const ms = Date.parse(value) - nowMs;
  return ms > 0 ? ms : 0;
}

/** Returns the problem of a request without an answer. It names no address, which may contain a password. */
export function unreachable(error: unknown): string {
  return `the receiver cannot be reached, or does not answer (${errorKind(error)})`;
}
