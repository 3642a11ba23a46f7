import { describe, expect, it } from 'vitest';
import type { Minute } from '../../../lib/performance/anomaly-detectors.js';
import { AnomalyWatch } from '../../../lib/performance/anomaly-watch.js';
import { quantileOf } from '../../../lib/performance/latency-distribution.js';
import { durationBuckets } from '../../../lib/metrics/definition/metric-definition.js';
import { Chance } from './chance.js';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

// More of them: ANOMALY_WEEKS=50 npx vitest run test/unit/performance
const seeds = Array.from({ length: Number(process.env['ANOMALY_WEEKS'] ?? 1) }, (_, i) => i + 1);

interface Traffic {
  readonly perSecond: number;
  readonly errorRatio?: number;
  readonly medianSeconds?: number;
}

// Shares of log-normal durations in the buckets of the histogram, estimated once.
const SAMPLES = 20_000;
const shares = new Map<number, readonly number[]>();

function sharesOf(medianSeconds: number): readonly number[] {
  const known = shares.get(medianSeconds);
  if (known !== undefined) return known;
  const chance = new Chance(7);
  const counts = [...durationBuckets, Infinity].map(() => 0);
  for (let i = 0; i < SAMPLES; i++) {
    const seconds = medianSeconds * Math.exp(0.6 * chance.normal());
    const bucket = durationBuckets.findIndex((it) => seconds <= it);
    counts[bucket === -1 ? durationBuckets.length : bucket]! += 1 / SAMPLES;
  }
  shares.set(medianSeconds, counts);
  return counts;
}

/** Simulates a minute of random arrivals. */
function minuteOf(
  { perSecond, errorRatio = 0.01, medianSeconds = 0.05 }: Traffic,
  { index, chance }: { readonly index: number; readonly chance: Chance },
): Minute {
  const counts = sharesOf(medianSeconds).map((it) => chance.poisson(60 * perSecond * it));
  const calls = counts.reduce((sum, it) => sum + it, 0);
  const failed = Math.min(calls, chance.poisson(calls * errorRatio));
  const p95Seconds = quantileOf([{ bounds: durationBuckets, counts }], 0.95)?.seconds;
  return { atMs: (index + 1) * MINUTE_MS, calls, failed, p95Seconds };
}

const daily = (index: number) => 1 + 0.5 * Math.sin((2 * Math.PI * index) / DAY_MINUTES);

describe.each([20, 0.5])('at %d commands per second', (perSecond) => {
  it(`A week of ordinary traffic at ${perSecond} commands per second contains no anomaly`, () => {
    for (const seed of seeds) {
      const chance = new Chance(seed);
      const watch = new AnomalyWatch();
      const found: unknown[] = [];
      for (let index = 0; index < WEEK_MINUTES; index++) {
        watch.add([minuteOf({ perSecond: perSecond * daily(index) }, { index, chance })]);
        found.push(...watch.anomalies());
      }
      expect(found).toEqual([]);
    }
  });
});

/** Returns the minutes from a change of traffic until an anomaly of the signal. */
function minutesUntil(signal: string, changed: Traffic, { days = 0, seed = 1 } = {}): number {
  const chance = new Chance(seed);
  const watch = new AnomalyWatch();
  const before = days * DAY_MINUTES + 90;
  for (let index = 0; index < before + 30; index++) {
    watch.add([minuteOf(index < before ? { perSecond: 20 } : changed, { index, chance })]);
    if (watch.anomalies().some((it) => it.signal === signal)) return index + 1 - before;
  }
  return Infinity;
}

describe('a fault at 20 commands per second', () => {
  it.each([
    ['latency', 'A doubled latency', { perSecond: 20, medianSeconds: 0.1 }, 0],
    ['error_ratio', 'An error ratio of 5 instead of 1 %', { perSecond: 20, errorRatio: 0.05 }, 0],
    ['rate', 'A third of the traffic of yesterday and before', { perSecond: 7 }, 1],
  ] as const)('%s: %s is found within six minutes', (signal, _what, changed, days) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      expect(minutesUntil(signal, changed, { days, seed })).toBeLessThanOrEqual(6);
    }
  });
});
