import { binomialTail, deviation, median } from './statistics.js';

/** Commands of one minute. */
export interface Minute {
  /** End of the minute: Unix time, milliseconds. */
  readonly atMs: number;
  /** Finished commands. */
  readonly calls: number;
  /** Failed commands. */
  readonly failed: number;
  /** 95th percentile of their duration in seconds; absent without calls. */
  readonly p95Seconds?: number | undefined;
}

/** Signal that is compared with its own past. */
export type AnomalySignal = 'latency' | 'error_ratio' | 'rate';

/** Comparison of a signal with its past. `learning` until there is enough of it. */
export type Comparison =
  | { readonly state: 'learning' }
  | {
      readonly state: 'usual' | 'unusual';
      /** Value of the last minutes: seconds, a ratio, or commands per second. */
      readonly value: number;
      /** Usual value, in the same unit. */
      readonly expected: number;
    };

const LEARNING = { state: 'learning' } as const;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

const RECENT_MINUTES = 5;
// Their median, so that one slow minute counts for nothing.
const LATENCY_MINUTES = 3;
const PAST_MINUTES = 60;

/** Minutes that the detectors look back: a day, and the hour around the same time. */
export const REMEMBERED_MINUTES = DAY_MINUTES + PAST_MINUTES;

const MIN_CALLS = 20;
const MIN_PAST_CALLS = 200;
const MIN_PAST_MINUTES = 30;
const MIN_DEVIATIONS = 4;
const MIN_LATENCY_CHANGE = 0.3;
const MIN_RATE_CHANGE = 0.3;
const MIN_ERROR_FACTOR = 2;
// Beyond four standard deviations of the normal distribution, and exact for small numbers.
const MAX_CHANCE = 1e-6;

/** Detectors by signal. Each compares the last minutes with the hour before, that of the rate also with the day before. */
export const anomalyDetectors: Readonly<
  Record<AnomalySignal, (minutes: readonly Minute[]) => Comparison>
> = {
  latency: (minutes) => {
    const past = window(minutes, RECENT_MINUTES, PAST_MINUTES).flatMap(latencyOf);
    const recent = window(minutes, 0, LATENCY_MINUTES);
    const value = median(recent.flatMap(latencyOf));
    if (past.length < MIN_PAST_MINUTES || sum(recent, 'calls') < MIN_CALLS) return LEARNING;
    const expected = median(past);
    const band = Math.max(
      MIN_DEVIATIONS * deviation(past, expected),
      MIN_LATENCY_CHANGE * expected,
    );
    return compared(value - expected > band, { value, expected });
  },
  error_ratio: (minutes) => {
    const past = window(minutes, RECENT_MINUTES, PAST_MINUTES);
    const recent = window(minutes, 0, RECENT_MINUTES);
    const calls = sum(recent, 'calls');
    const pastCalls = sum(past, 'calls');
    if (calls < MIN_CALLS || pastCalls < MIN_PAST_CALLS) return LEARNING;
    const failed = sum(recent, 'failed');
    const value = failed / calls;
    const expected = sum(past, 'failed') / pastCalls;
    // Chance that so many of all failures fall into the last minutes when nothing has changed.
    const trials = failed + sum(past, 'failed');
    const chance = binomialTail(failed, { trials, chance: calls / (calls + pastCalls) });
    return compared(chance < MAX_CHANCE && value > MIN_ERROR_FACTOR * expected, {
      value,
      expected,
    });
  },
  rate: (minutes) => {
    const hour = window(minutes, RECENT_MINUTES, PAST_MINUTES);
    const halfHour = PAST_MINUTES / 2;
    const yesterday = window(minutes, DAY_MINUTES - halfHour, PAST_MINUTES);
    if (Math.min(hour.length, yesterday.length) < MIN_PAST_MINUTES) return LEARNING;
    const calls = sum(window(minutes, 0, RECENT_MINUTES), 'calls') / RECENT_MINUTES;
    const [today, before] = [hour, yesterday].map((it) => excess(calls, it)) as [number, number];
    const isUnusual = today * before > 0;
    const expected = median(hour.map((it) => it.calls));
    return compared(isUnusual, { value: calls / 60, expected: expected / 60 });
  },
};

/** Returns 1 for a rate above the band of the past, -1 below it, 0 within it. */
function excess(calls: number, past: readonly Minute[]): number {
  const counts = past.map((it) => it.calls);
  const usual = median(counts);
  // The mean of five minutes of random arrivals.
  const chance = MIN_DEVIATIONS * Math.sqrt(usual / RECENT_MINUTES);
  const spread = MIN_DEVIATIONS * deviation(counts, usual);
  const band = Math.max(spread, chance, MIN_RATE_CHANGE * usual);
  return Math.abs(calls - usual) > band ? Math.sign(calls - usual) : 0;
}

function compared(
  isUnusual: boolean,
  values: { readonly value: number; readonly expected: number },
): Comparison {
  return { state: isUnusual ? 'unusual' : 'usual', ...values };
}

/** Returns the minutes that ended at least `skipped` minutes before the last one, and less than `length` before those. */
function window(minutes: readonly Minute[], skipped: number, length: number): readonly Minute[] {
  const untilMs = (minutes.at(-1)?.atMs ?? 0) - skipped * MINUTE_MS;
  const end = endOf(minutes, untilMs);
  return minutes.slice(endOf(minutes, untilMs - length * MINUTE_MS), end);
}

/** Returns the index of the first minute that ended after a time. */
function endOf(minutes: readonly Minute[], atMs: number): number {
  let [low, high] = [0, minutes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (minutes[middle]!.atMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sum(minutes: readonly Minute[], member: 'calls' | 'failed'): number {
  return minutes.reduce((total, it) => total + it[member], 0);
}

function latencyOf({ p95Seconds }: Minute): number[] {
  return p95Seconds === undefined ? [] : [p95Seconds];
}
