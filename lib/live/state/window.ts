import type { BucketGrowth } from '../../performance/latency-distribution.js';
import { bucketGrowthOf, type Readings, type Ticks } from '../../performance/readings.js';

/** Slots of equal length up to now. */
export interface Grid {
  /** Start of the first slot: Unix time in milliseconds, a multiple of the step. */
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** Ticks of the history, one at the end of each slot that has any. */
export interface Window {
  readonly grid: Grid;
  /** The tick at or before the first slot that has a tick, and the last tick of each slot. */
  readonly ticks: Ticks;
  /** Index in `ticks` at which the last five minutes begin. */
  readonly from: number;
}

const RECENT_MS = 300_000;

/** Returns the slots that end with the one of a time. */
export function gridUntil(nowMs: number, stepMs: number, count: number): Grid {
  const last = Math.floor(nowMs / stepMs);
  return { startMs: (last - count + 1) * stepMs, stepMs, count };
}

/** Returns the slot of a time; negative before the first. */
function slotOf({ startMs, stepMs }: Grid, timeMs: number): number {
  // A tick at the end of a slot closes it.
  return Math.ceil((timeMs - startMs) / stepMs) - 1;
}

/** Reads the ticks of the slots. */
export async function readWindow(readings: Readings, uptime: string, grid: Grid): Promise<Window> {
  const toMs = grid.startMs + grid.stepMs * grid.count;
  const seen = await readings.ticks(uptime, { fromMs: grid.startMs, toMs });
  const startMs = await startOf(readings, uptime, seen);
  // Counters were 0 at the start: what happened before the first tick is known.
  const all = startMs > grid.startMs ? [startMs, ...seen] : seen;
  const ticks = all.filter((it, i) => {
    const next = all[i + 1];
    return i === 0 || next === undefined || slotOf(grid, it) !== slotOf(grid, next);
  });
  const lastMs = ticks.at(-1) ?? 0;
  const from = ticks.findLastIndex((it) => it <= lastMs - RECENT_MS);
  return { grid, ticks, from: Math.max(0, from) };
}

/** Returns the start of the process at the first of the ticks; 0 without ticks. */
async function startOf(readings: Readings, uptime: string, ticks: Ticks): Promise<number> {
  const first = ticks.slice(0, 1);
  const { values } = await readings.gauge(uptime, { ticks: first, by: 'max' });
  return first[0] === undefined || values[0] === undefined ? 0 : first[0] - values[0] * 1_000;
}

/** Returns the seconds of the last five minutes that the history covers. */
export function recentSeconds({ ticks, from }: Window): number {
  return ticks.length < 2 ? 0 : (ticks.at(-1)! - ticks[from]!) / 1_000;
}

/** Returns the sum over the last five minutes. */
export function recentSum({ from }: Window, perTick: ArrayLike<number>): number {
  let sum = 0;
  for (let i = from; i < perTick.length; i++) sum += perTick[i]!;
  return sum;
}

/** Returns a value for each slot, from one for each tick but the first; `null` for a slot without ticks. */
export function perSlot(
  { grid, ticks }: Window,
  valueOf: (index: number, seconds: number) => number | null,
): (number | null)[] {
  const slots: (number | null)[] = Array.from({ length: grid.count }, () => null);
  for (let i = 1; i < ticks.length; i++) {
    const slot = slotOf(grid, ticks[i]!);
    if (slot < 0 || slot >= grid.count) continue;
    slots[slot] = valueOf(i - 1, (ticks[i]! - ticks[i - 1]!) / 1_000);
  }
  return slots;
}

/** Reads the growth of a histogram in the last five minutes, by the values of labels. */
export async function recentBuckets(
  readings: Readings,
  { histogram, labels, window }: { histogram: string; labels: readonly string[]; window: Window },
): Promise<ReadonlyMap<string, readonly BucketGrowth[]>> {
  const { ticks, from } = window;
  if (ticks.length < 2) return new Map();
  const ends = [ticks[from]!, ticks.at(-1)!];
  const bySeries = new Map<string, { key: string; cumulative: Map<number, number> }>();
  for (const { labels: found, total } of await readings.growths(`${histogram}_bucket`, ends)) {
    const series = found.without(['le']).key;
    const known = bySeries.get(series) ?? {
      key: keyOf(labels.map((it) => found.get(it))),
      cumulative: new Map<number, number>(),
    };
    const bound = found.get('le');
    known.cumulative.set(bound === '+Inf' ? Infinity : Number(bound), total);
    bySeries.set(series, known);
  }
  const byKey = new Map<string, BucketGrowth[]>();
  for (const { key, cumulative } of bySeries.values()) {
    byKey.set(key, [...(byKey.get(key) ?? []), bucketGrowthOf(cumulative)]);
  }
  return byKey;
}

/** Returns a key of label values. */
export function keyOf(values: readonly string[]): string {
  return values.join('\u0000');
}
