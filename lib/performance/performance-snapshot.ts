import { type BucketGrowth, type LatencyQuantile, quantileOf } from './latency-distribution.js';
import type { PerformanceMetrics } from './performance-metrics.js';
import { coarse, type Range, type Readings, secondsOf, type Ticks } from './readings.js';
import type { Points } from './statistics.js';
import { type Trend, trendOf } from './trend.js';

/** Performance of a service over a window. A member is absent when the history has nothing about it. */
export interface PerformanceSnapshot {
  /** End of the window: Unix time, milliseconds. */
  readonly takenAtMs: number;
  /** Seconds that were asked for. */
  readonly windowSeconds: number;
  /** Seconds between the first and the last sample of the window; fewer than asked for in a young process. */
  readonly coveredSeconds: number;
  /** Finished commands per second, with any outcome. */
  readonly commandsPerSecond?: number;
  /** Events written to the event store per second. */
  readonly eventsPerSecond?: number;
  /** Mean duration of commands, in seconds, including retries. */
  readonly averageLatencySeconds?: number;
  /** Median of the duration of commands. */
  readonly p50Latency?: LatencyQuantile;
  /** 95th percentile of the duration of commands. */
  readonly p95Latency?: LatencyQuantile;
  /** 99th percentile of the duration of commands. */
  readonly p99Latency?: LatencyQuantile;
  /** Failed commands per finished command, 0 to 1. */
  readonly errorRatio?: number;
  /** Streams of the event store at the end of the window. */
  readonly activeStreams?: number;
  /** Resident memory at the end of the window, in bytes; the sum of all workers of a cluster. */
  readonly memoryBytes?: number;
}

/** Trends of a service over a window. */
export interface PerformanceTrends {
  /** Finished commands per second. */
  readonly throughput: Trend;
  /** Mean duration of commands, in seconds. */
  readonly latency: Trend;
  /** Failed commands per finished command. */
  readonly errorRatio: Trend;
  /** Resident memory, in bytes. */
  readonly memory: Trend;
}

// Changes below these are none, however steady they are.
const THROUGHPUT_FLOOR = 0.1;
const LATENCY_FLOOR_SECONDS = 0.001;
const ERROR_RATIO_FLOOR = 0.01;
const MEMORY_FLOOR_BYTES = 10 * 1_048_576;

const TREND_POINTS = 30;
const QUANTILES = [0.5, 0.95, 0.99] as const;

const RSS = { component: 'rss' };

/** Reads the performance of a window. */
export async function readSnapshot(
  readings: Readings,
  { names, range }: { readonly names: PerformanceMetrics; readonly range: Range },
): Promise<PerformanceSnapshot> {
  const ticks = await readings.ticks(names.uptime, range);
  const coveredSeconds = secondsOf(ticks);
  const windowSeconds = (range.toMs - range.fromMs) / 1_000;
  const head = { takenAtMs: range.toMs, windowSeconds, coveredSeconds };
  if (coveredSeconds === 0) return head;
  const [finished, failed, written, seconds, buckets] = await Promise.all([
    readings.growth(names.commands, ticks),
    readings.growth(names.commandErrors, ticks),
    readings.growth(names.eventsWritten, ticks),
    readings.growth(`${names.commandDuration}_sum`, ticks),
    readings.bucketsBy(names.commandDuration, { label: 'outcome', ticks }),
  ]);
  const memory = await readings.gauge(names.memory, { ticks, labels: RSS });
  const streams = await readings.gauge(names.activeStreams, { ticks });
  return {
    ...head,
    ...known('commandsPerSecond', finished.isKnown, finished.total / coveredSeconds),
    ...known('eventsPerSecond', written.isKnown, written.total / coveredSeconds),
    ...known('averageLatencySeconds', finished.total > 0, seconds.total / finished.total),
    ...quantiles([...buckets.values()].flat()),
    ...known('errorRatio', finished.total > 0, failed.total / finished.total),
    ...known('activeStreams', streams.values.length > 0, streams.values.at(-1)!),
    ...known('memoryBytes', memory.values.length > 0, memory.values.at(-1)!),
  };
}

/** Reads the trends of a window. */
export async function readTrends(
  readings: Readings,
  { names, range }: { readonly names: PerformanceMetrics; readonly range: Range },
): Promise<PerformanceTrends> {
  const ticks = coarse(await readings.ticks(names.uptime, range), TREND_POINTS);
  const [finished, failed, seconds, memory] = await Promise.all([
    readings.growth(names.commands, ticks),
    readings.growth(names.commandErrors, ticks),
    readings.growth(`${names.commandDuration}_sum`, ticks),
    readings.gauge(names.memory, { ticks, labels: RSS }),
  ]);
  const elapsed = ticks.slice(1).map((it, i) => (it - ticks[i]!) / 1_000);
  const throughput = finished.isKnown ? finished.perTick : [];
  return {
    throughput: trendOf(perUnit(throughput, elapsed, ticks), THROUGHPUT_FLOOR),
    latency: trendOf(perUnit(seconds.perTick, finished.perTick, ticks), LATENCY_FLOOR_SECONDS),
    errorRatio: trendOf(perUnit(failed.perTick, finished.perTick, ticks), ERROR_RATIO_FLOOR),
    memory: trendOf(memory, MEMORY_FLOOR_BYTES),
  };
}

/** Returns a quotient for each tick but the first; ticks without units have none. */
function perUnit(amounts: readonly number[], units: readonly number[], ticks: Ticks): Points {
  const filled = amounts.map((_, i) => i).filter((i) => units[i]! > 0);
  return {
    timesMs: filled.map((i) => ticks[i + 1]!),
    values: filled.map((i) => amounts[i]! / units[i]!),
  };
}

function known<Name extends string>(
  name: Name,
  isKnown: boolean,
  value: number,
): Partial<Record<Name, number>> {
  return isKnown ? ({ [name]: value } as Record<Name, number>) : {};
}

function quantiles(
  buckets: readonly BucketGrowth[],
): Pick<PerformanceSnapshot, 'p50Latency' | 'p95Latency' | 'p99Latency'> {
  const [p50Latency, p95Latency, p99Latency] = QUANTILES.map((it) => quantileOf(buckets, it));
  if (p50Latency === undefined || p95Latency === undefined || p99Latency === undefined) return {};
  return { p50Latency, p95Latency, p99Latency };
}
