import type { LabelMatcher } from '../../query/label-matcher.js';
import type { SampleSeries } from '../../query/series-source.js';
import type { Chunk, Place, Segment } from '../chunks/chunk.js';
import type { SeriesLabels } from './series-labels.js';
import { SeriesReader } from './series-reader.js';

/** Ticks of a chunk that a query reads. */
export interface ChunkRange {
  readonly chunk: Chunk;
  /** Start of the recording. */
  readonly run: number;
  /** First time, inclusive. */
  readonly fromMs: number;
  /** Last time, exclusive. */
  readonly untilMs: number;
}

/** Part of a chunk among the ticks of a query. */
interface Window {
  readonly chunk: Chunk;
  /** First tick in the chunk, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** First tick in the query. */
  readonly at: number;
}

/** Reads the series that match from chunks in ascending order. It yields where the event loop may take over. */
export function* selectSeries(
  ranges: readonly ChunkRange[],
  matchers: readonly LabelMatcher[],
  labels: SeriesLabels,
): Generator<undefined, SampleSeries[]> {
  const { times, windows } = ticksOf(ranges);
  const reader = new SeriesReader(times, matchers, labels);
  for (const window of windows) {
    for (const segment of window.chunk.segments) {
      const place = placeIn(window, segment);
      if (place !== undefined) yield* reader.read(segment, place);
    }
    yield;
  }
  return yield* reader.series();
}

/** Joins the ticks of the chunks. Between two recordings is a tick without series, at which all of them end. */
function ticksOf(ranges: readonly ChunkRange[]): { times: Float64Array; windows: Window[] } {
  const times: number[] = [];
  const windows: Window[] = [];
  let runBefore: number | undefined;
  for (const { chunk, run, fromMs, untilMs } of ranges) {
    const first = firstAtOrAfter(chunk.times, fromMs);
    const end = firstAtOrAfter(chunk.times, untilMs);
    if (end <= first) continue;
    const endedMs = (times.at(-1) ?? 0) + 1;
    const isNew = runBefore !== undefined && runBefore !== run;
    if (isNew && endedMs < chunk.times[first]!) times.push(endedMs);
    windows.push({ chunk, first, end, at: times.length });
    for (let i = first; i < end; i++) times.push(chunk.times[i]!);
    runBefore = run;
  }
  return { times: Float64Array.from(times), windows };
}

function firstAtOrAfter(times: Float64Array, ms: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function placeIn({ first, end, at }: Window, { from, rows }: Segment): Place | undefined {
  const begin = Math.max(first, from);
  const count = Math.min(end, from + rows) - begin;
  return count > 0 ? { row: begin - from, count, at: at + begin - first } : undefined;
}
