import type { LineSpan } from '../log-record.js';

const DIGITS = 8;
const RANGE = 2 ** 32;

/** Returns true for a share of all traces; calls without a trace are chosen at random. */
export function isSampled(share: number, span: LineSpan | undefined): boolean {
  if (share >= 1) return true;
  // The last digits are random in the ids of every generator.
  const place =
    span === undefined ? Math.random() : Number.parseInt(span.traceId.slice(-DIGITS), 16) / RANGE;
  return place < share;
}
