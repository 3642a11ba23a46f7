import { coarse } from './readings.js';
import { poolUses, type ScoreWindow } from './score-signals.js';
import { mannKendallScore, type Points, theilSenSlope } from './statistics.js';

/** Use of a limited resource. */
export interface Capacity {
  /** `heap`, `memory`, `event_loop`, or `pool:` with the name of a pool. */
  readonly resource: string;
  /** Used share of the limit, 0 to 1. */
  readonly utilization: number;
  /** Seconds until the limit is reached if the rise of the last hour goes on; absent unless the rise is steady. */
  readonly saturationSeconds?: number;
}

// A rise is judged from a quarter of an hour on.
const MIN_POINTS = 15;
const MIN_SCORE = 3.3;
// A rise that fills less than a twentieth of the limit in an hour is not one to act on.
const MIN_HOURLY_RISE = 0.05;
const HOUR_SECONDS = 3_600;
const POINTS = 60;

/**
 * Returns the use of a resource, and when it is exhausted.
 *
 * @param utilization - Used share of the limit, at most an hour of it.
 * @returns `undefined` without points.
 */
function capacityOf(resource: string, utilization: Points): Capacity | undefined {
  const current = utilization.values.at(-1);
  if (current === undefined) return undefined;
  const known = { resource, utilization: current };
  if (utilization.values.length < MIN_POINTS) return known;
  const slope = theilSenSlope(utilization);
  if (slope * HOUR_SECONDS < MIN_HOURLY_RISE) return known;
  if (mannKendallScore(utilization, slope) <= MIN_SCORE) return known;
  return { ...known, saturationSeconds: Math.max(0, 1 - current) / slope };
}

/**
 * Returns the throughput at which a resource would be used up, if its use grows with the throughput.
 *
 * @param throughput - Calls per second now.
 * @param utilization - Used share of the resource now, 0 to 1.
 * @returns `undefined` for a resource that is hardly used, from which nothing follows.
 */
export function headroomOf(throughput: number, utilization: number): number | undefined {
  if (throughput <= 0 || utilization < 0.05) return undefined;
  return throughput / Math.min(1, utilization);
}

/** Time until a projection has caught up. */
export interface CatchUp {
  /** Name of the projection. */
  readonly projection: string;
  /** Events that it still has to process. */
  readonly lagEvents: number;
  /** Seconds until it has processed them at the pace of the last minutes; absent if it does not catch up. */
  readonly seconds?: number;
}

/**
 * Returns when a projection has caught up.
 *
 * @param lagEvents - Events that the projection still had to process, at each time.
 */
export function catchUpOf(projection: string, { timesMs, values }: Points): CatchUp | undefined {
  const lagEvents = values.at(-1);
  if (lagEvents === undefined) return undefined;
  if (lagEvents <= 0) return { projection, lagEvents: 0, seconds: 0 };
  const seconds = (timesMs.at(-1)! - timesMs[0]!) / 1_000;
  const gained = seconds > 0 ? (values[0]! - lagEvents) / seconds : 0;
  return { projection, lagEvents, ...(gained > 0 && { seconds: lagEvents / gained }) };
}

/** Limits of the memory of the process, in bytes; absent where there is none, or where the history is that of several. */
export interface MemoryLimits {
  /** Limit of the heap. @defaultValue none */
  readonly heapBytes?: number | undefined;
  /** Limit of the resident memory, such as that of a container. @defaultValue none */
  readonly processBytes?: number | undefined;
}

/** Reads the use of the limited resources over a window of an hour. */
export async function readCapacities(
  window: ScoreWindow,
  { heapBytes, processBytes }: MemoryLimits,
): Promise<readonly Capacity[]> {
  const { readings, names } = window;
  const ticks = coarse(window.ticks, POINTS);
  const share = async (metric: string, labels: Record<string, string>, limit: number) => {
    const { timesMs, values } = await readings.gauge(metric, { ticks, labels });
    return { timesMs, values: values.map((it) => it / limit) };
  };
  const uses = new Map<string, Points>();
  if (heapBytes !== undefined) {
    uses.set('heap', await share(names.memory, { component: 'heap_used' }, heapBytes));
  }
  if (processBytes !== undefined) {
    uses.set('memory', await share(names.memory, { component: 'rss' }, processBytes));
  }
  uses.set('event_loop', await readings.gauge(names.eventLoopUtilization, { ticks, by: 'max' }));
  for (const pool of (await poolUses(window)).keys()) {
    uses.set(`pool:${pool}`, await poolUse({ ...window, ticks }, pool));
  }
  return [...uses].flatMap(([resource, points]) => capacityOf(resource, points) ?? []);
}

/** Returns the used share of a pool at each tick. */
async function poolUse({ readings, names, ticks }: ScoreWindow, pool: string): Promise<Points> {
  const of = { ticks, labels: { pool } };
  const [size, available, limit] = await Promise.all([
    readings.gauge(names.poolSize, of),
    readings.gauge(names.poolAvailable, of),
    readings.gauge(names.poolMaxSize, of),
  ]);
  const free = new Map(available.timesMs.map((it, i) => [it, available.values[i]!]));
  const most = new Map(limit.timesMs.map((it, i) => [it, limit.values[i]!]));
  const known = size.timesMs.map((_, i) => i).filter((i) => (most.get(size.timesMs[i]!) ?? 0) > 0);
  return {
    timesMs: known.map((i) => size.timesMs[i]!),
    values: known.map((i) => {
      const timeMs = size.timesMs[i]!;
      return (size.values[i]! - (free.get(timeMs) ?? 0)) / most.get(timeMs)!;
    }),
  };
}
