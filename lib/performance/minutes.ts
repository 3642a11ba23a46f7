import { type Minute, REMEMBERED_MINUTES } from './anomaly-detectors.js';
import { quantileOf } from './latency-distribution.js';
import type { PerformanceMetrics } from './performance-metrics.js';
import type { Readings, Ticks } from './readings.js';

const MINUTE_MS = 60_000;
const CHUNK_MINUTES = 60;
// Latency is compared with the last hour only.
const LATENCY_MINUTES = 65;

/** Source of the minutes. */
export interface MinuteSource {
  readonly readings: Readings;
  readonly names: PerformanceMetrics;
}

/**
 * Reads the whole minutes since the last one that is known, at most a day of them, in chunks between which the event loop
 * goes on.
 *
 * @param lastMs - End of the last known minute.
 * @param nowMs - Unix time, milliseconds.
 */
export async function* readMinutes(
  source: MinuteSource,
  { lastMs = 0, nowMs }: { readonly lastMs: number | undefined; readonly nowMs: number },
): AsyncGenerator<readonly Minute[]> {
  const endMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const startMs = Math.max(lastMs, endMs - REMEMBERED_MINUTES * MINUTE_MS);
  for (let fromMs = startMs; fromMs < endMs; fromMs += CHUNK_MINUTES * MINUTE_MS) {
    const toMs = Math.min(endMs, fromMs + CHUNK_MINUTES * MINUTE_MS);
    const latencyFromMs = nowMs - LATENCY_MINUTES * MINUTE_MS;
    yield await readChunk(source, { fromMs, toMs, latencyFromMs });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function readChunk(
  { readings, names }: MinuteSource,
  range: { readonly fromMs: number; readonly toMs: number; readonly latencyFromMs: number },
): Promise<Minute[]> {
  const ends = minuteEnds(await readings.ticks(names.uptime, range));
  const calls = await readings.growth(names.commands, ends);
  const failed = await readings.growth(names.commandErrors, ends);
  const minutes: Minute[] = [];
  for (let i = 1; i < ends.length; i++) {
    const atMs = Math.round(ends[i]! / MINUTE_MS) * MINUTE_MS;
    const count = { atMs, calls: calls.perTick[i - 1]!, failed: failed.perTick[i - 1]! };
    if (count.calls === 0 || atMs < range.latencyFromMs) minutes.push(count);
    else {
      const ticks = [ends[i - 1]!, ends[i]!];
      const buckets = await readings.bucketsBy(names.commandDuration, { label: 'outcome', ticks });
      const p95Seconds = quantileOf([...buckets.values()].flat(), 0.95)?.seconds;
      minutes.push({ ...count, p95Seconds });
    }
  }
  return minutes;
}

/** Returns the last tick of each minute, and the one before the first. */
function minuteEnds(ticks: Ticks): Ticks {
  const minuteOf = (timeMs: number) => Math.ceil(timeMs / MINUTE_MS);
  return ticks.filter((it, i) => i === ticks.length - 1 || minuteOf(ticks[i + 1]!) > minuteOf(it));
}
