import { type ScorePart, scorePart } from './health-score.js';
import { observationsOf, quantileOf } from './latency-distribution.js';
import type { PerformanceMetrics } from './performance-metrics.js';
import { type Readings, secondsOf, type Ticks } from './readings.js';
import { median } from './statistics.js';
import type { ScoreThresholds } from './score-thresholds.js';

/** Window that a score is about. */
export interface ScoreWindow {
  readonly readings: Readings;
  readonly names: PerformanceMetrics;
  readonly ticks: Ticks;
}

type Signal = (window: ScoreWindow, thresholds: ScoreThresholds) => Promise<number | undefined>;

const TYPE = 'command_type';
// The start of a process loads modules, which is no fault.
const SETTLED_SECONDS = 60;

/** Signals of the health score; `undefined` where nothing is known. Each is that of the worst handler or resource. */
const signals: Readonly<Record<keyof Omit<ScoreThresholds, 'calls'>, Signal>> = {
  command_errors: async ({ readings, names, ticks }, { calls }) => {
    const finished = await readings.growthBy(names.commands, { label: TYPE, ticks });
    const failed = await readings.growthBy(names.commandErrors, { label: TYPE, ticks });
    const judged = [...finished].filter(([, count]) => count >= calls);
    return greatest(judged.map(([type, count]) => (failed.get(type) ?? 0) / count));
  },
  command_latency: async ({ readings, names, ticks }, { calls }) => {
    const buckets = await readings.bucketsBy(names.commandDuration, { label: TYPE, ticks });
    const judged = [...buckets.values()].filter((it) => observationsOf(it) >= calls);
    return greatest(judged.map((it) => quantileOf(it, 0.95)!.seconds));
  },
  projection_lag: async ({ readings, names, ticks }) => {
    const label = 'projection_name';
    const lags = await readings.latest(names.lagSeconds, { label, ticks });
    const excused = await Promise.all(
      ['rebuilding', 'paused'].map((state) =>
        readings.latest(names.projectionState, { label, ticks, labels: { state } }),
      ),
    );
    const judged = [...lags].filter(([name]) => excused.every((it) => it.get(name) !== 1));
    return greatest(judged.map(([, lag]) => lag));
  },
  event_loop: async ({ readings, names, ticks }) => {
    if (secondsOf(ticks) < SETTLED_SECONDS) return undefined;
    const labels = { quantile: '0.99' };
    const delays = await readings.gauge(names.eventLoopDelay, { ticks, labels, by: 'max' });
    return delays.values.length === 0 ? undefined : median(delays.values);
  },
  pools: async ({ readings, names, ticks }) => {
    const uses = await poolUses({ readings, names, ticks });
    const pending = await readings.latest(names.poolPending, { label: 'pool', ticks });
    return greatest([...uses].map(([pool, use]) => ((pending.get(pool) ?? 0) > 0 ? use : 0)));
  },
};

/** Reads the parts of the health score. A signal about which nothing is known has no part. */
export async function readParts(
  window: ScoreWindow,
  thresholds: ScoreThresholds,
): Promise<readonly ScorePart[]> {
  const parts: ScorePart[] = [];
  for (const name of Object.keys(signals) as (keyof typeof signals)[]) {
    const value = await signals[name](window, thresholds);
    if (value !== undefined) parts.push(scorePart(name, value, thresholds[name]));
  }
  return parts;
}

/** Returns the used share of each pool at the last tick, 0 to 1. */
export async function poolUses({
  readings,
  names,
  ticks,
}: ScoreWindow): Promise<ReadonlyMap<string, number>> {
  const of = { label: 'pool', ticks };
  const size = await readings.latest(names.poolSize, of);
  const available = await readings.latest(names.poolAvailable, of);
  const limit = await readings.latest(names.poolMaxSize, of);
  const known = [...limit].filter(([pool, max]) => max > 0 && size.has(pool));
  return new Map(
    known.map(([pool, max]) => [pool, (size.get(pool)! - (available.get(pool) ?? 0)) / max]),
  );
}

function greatest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}
