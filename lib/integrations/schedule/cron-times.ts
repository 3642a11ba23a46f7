import { setImmediate as turn } from 'node:timers/promises';

/** Job of the package `cron`, with the members that this library uses. */
export interface CronJob {
  readonly isActive?: boolean;
  /** Before version 4. */
  readonly running?: boolean;
  readonly cronTime?: CronTime;
}

interface CronTime {
  readonly source?: unknown;
  readonly timeZone?: string | undefined;
  /** True for a job that runs once, at a date. */
  readonly realDate?: boolean;
  sendAt?(): LuxonTime;
  getNextDateFrom?(from: Date, timeZone?: string): LuxonTime;
}

interface LuxonTime {
  toMillis(): number;
}

/** Returns the Unix time in milliseconds of the next run; `undefined` for a job that is stopped or has no further run. */
export function nextRunMs(job: CronJob): number | undefined {
  if ((job.isActive ?? job.running) !== true) return undefined;
  return millisOf(() => job.cronTime?.sendAt?.());
}

const HOUR_MS = 3_600_000;
// The runs of an hour, or of some days.
const RUNS = 12;
// Expressions for hours of a day or days of a week have their longest pause within eight days.
const PROBE_EVERY_MS = 4 * HOUR_MS;
const PROBES = 48;
const PRECISION_MS = 1_000;

/**
 * Returns the longest time in seconds between coming runs; `undefined` for a job that runs at most once more. Each
 * look at the calendar takes about a millisecond, so it gives way to other work after each of them.
 */
export async function longestPeriodSeconds(
  job: CronJob,
  nowMs: number,
): Promise<number | undefined> {
  if (job.cronTime?.realDate === true) return undefined;
  const after = async (fromMs: number) => {
    await turn();
    return millisOf(() => job.cronTime?.getNextDateFrom?.(new Date(fromMs), job.cronTime.timeZone));
  };
  let longestMs = 0;
  let atMs = await after(nowMs);
  for (let run = 0; run < RUNS && atMs !== undefined; run++) {
    const followingMs = await after(atMs);
    if (followingMs === undefined) break;
    longestMs = Math.max(longestMs, followingMs - atMs);
    atMs = followingMs;
  }
  if (longestMs === 0) return undefined;
  if (!runsEveryHour(job)) longestMs = Math.max(longestMs, await longestPauseMs(after, nowMs));
  return longestMs / 1_000;
}

type After = (fromMs: number) => Promise<number | undefined>;

/** Returns the longest pause that a probe sees. */
async function longestPauseMs(after: After, nowMs: number): Promise<number> {
  let [bestMs, endMs] = [nowMs, nowMs];
  for (let probe = 1; probe <= PROBES; probe++) {
    const probeMs = nowMs + probe * PROBE_EVERY_MS;
    const runMs = await after(probeMs);
    if (runMs !== undefined && runMs - probeMs > endMs - bestMs) [bestMs, endMs] = [probeMs, runMs];
  }
  // The pause begins between this probe and the one before.
  let [early, late] = [bestMs - PROBE_EVERY_MS, bestMs];
  while (late - early > PRECISION_MS) {
    const middle = (early + late) / 2;
    if ((await after(middle)) === endMs) late = middle;
    else early = middle;
  }
  // Runs begin at whole seconds, and one of them begins the pause.
  return endMs - Math.floor(late / PRECISION_MS) * PRECISION_MS;
}

/** Returns true for an expression whose runs differ by minutes and seconds only. */
function runsEveryHour({ cronTime }: CronJob): boolean {
  if (typeof cronTime?.source !== 'string') return false;
  return /(?:^|\s)\*\s+\*\s+\*\s+\*$/.test(cronTime.source.trim());
}

function millisOf(time: () => LuxonTime | undefined): number | undefined {
  try {
    return time()?.toMillis();
  } catch {
    // A date in the past, or an expression without a further run.
    return undefined;
  }
}
