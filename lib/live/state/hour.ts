import { quantileOf } from '../../performance/latency-distribution.js';
import { bucketGrowthOf, type Readings } from '../../performance/readings.js';
import { rounded } from '../quantity.format.js';
import type { LiveMetrics } from './live-metrics.js';
import type { Hour, TileName } from './live-state.js';
import { gridUntil, perSlot, readWindow, type Window } from './window.js';

/** Slots of the hour of history. */
const HOUR_SLOTS = 90;
export const HOUR_STEP_MS = 40_000;

const P95 = 0.95;

/** Reads the hour of history of the five numbers. */
export async function readHour(
  readings: Readings,
  names: LiveMetrics,
  nowMs: number,
): Promise<Hour> {
  const grid = gridUntil(nowMs, HOUR_STEP_MS, HOUR_SLOTS);
  const window = await readWindow(readings, names.uptime, grid);
  const { commands } = names.calls;
  const total = await sumOf(readings, commands.finished, window);
  const failed = await sumOf(readings, commands.failed.metric, window);
  const points: Record<TileName, readonly (number | null)[]> = {
    rate: perSlot(window, (i, s) => (total === undefined ? null : rounded(total[i]! / s))),
    failing: perSlot(window, (i) => shareOf(failed?.[i], total?.[i])),
    p95: await p95PerSlot(readings, commands.duration, window),
    oldest: await greatest(readings, { metric: names.progress.lagSeconds, window }),
    loop: await greatest(readings, {
      metric: names.loopDelay,
      window,
      labels: { quantile: '0.99' },
    }),
  };
  return { startMs: grid.startMs, stepMs: grid.stepMs, points };
}

function shareOf(part = 0, whole = 0): number | null {
  return whole === 0 ? null : rounded(Math.min(1, part / whole));
}

async function sumOf(
  readings: Readings,
  metric: string,
  { ticks }: Window,
): Promise<readonly number[] | undefined> {
  const { isKnown, perTick } = await readings.growth(metric, ticks);
  return isKnown ? perTick : undefined;
}

async function greatest(
  readings: Readings,
  {
    metric,
    window,
    labels = {},
  }: { metric: string; window: Window; labels?: Readonly<Record<string, string>> },
): Promise<(number | null)[]> {
  const { timesMs, values } = await readings.gauge(metric, {
    ticks: window.ticks,
    labels,
    by: 'max',
  });
  const byTime = new Map(timesMs.map((it, i) => [it, values[i]!]));
  return perSlot(window, (i) => rounded(byTime.get(window.ticks[i + 1]!)) ?? null);
}

async function p95PerSlot(
  readings: Readings,
  histogram: string,
  window: Window,
): Promise<(number | null)[]> {
  const series = new Map<string, [bound: number, perTick: Readonly<Float64Array>][]>();
  for (const { labels, perTick } of await readings.growths(`${histogram}_bucket`, window.ticks)) {
    const key = labels.without(['le']).key;
    const bound = labels.get('le');
    const known = series.get(key) ?? [];
    known.push([bound === '+Inf' ? Infinity : Number(bound), perTick]);
    series.set(key, known);
  }
  const all = [...series.values()];
  return perSlot(window, (i) => {
    const buckets = all.map((it) => bucketGrowthOf(new Map(it.map(([le, of]) => [le, of[i]!]))));
    return rounded(quantileOf(buckets, P95)?.seconds) ?? null;
  });
}
