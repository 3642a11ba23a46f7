import type { StoredChunk } from '../chunks/tier.js';

/** Part of a chunk that a query reads. */
export interface StoredRange {
  readonly stored: StoredChunk;
  /** First time, inclusive. */
  readonly fromMs: number;
  /** Last time, exclusive. */
  readonly untilMs: number;
}

/** Chunk, and the time for which its last tick counts, in milliseconds. */
export type Candidate = readonly [stored: StoredChunk, tickMs: number];

/**
 * Returns the parts of chunks within a time range, in ascending order and without overlaps: where the clock was set back,
 * or two recordings or resolutions overlap, the later one counts.
 *
 * @param chunks - Chunks in ascending order of their precedence.
 * @param untilMs - Exclusive.
 */
export function rangesIn(
  chunks: readonly Candidate[],
  fromMs: number,
  untilMs: number,
): StoredRange[] {
  let free: [from: number, until: number][] = [[fromMs, untilMs]];
  const ranges: StoredRange[] = [];
  for (const [stored, tickMs] of chunks.toReversed()) {
    const from = stored.summary.fromMs;
    const until = stored.summary.toMs + tickMs;
    const left: typeof free = [];
    for (const [start, end] of free) {
      const range = { stored, fromMs: Math.max(start, from), untilMs: Math.min(end, until) };
      if (range.fromMs >= range.untilMs) {
        left.push([start, end]);
        continue;
      }
      ranges.push(range);
      if (start < range.fromMs) left.push([start, range.fromMs]);
      if (range.untilMs < end) left.push([range.untilMs, end]);
    }
    free = left;
  }
  return ranges.toSorted((a, b) => a.fromMs - b.fromMs);
}
