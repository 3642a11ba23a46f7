import { describe, expect, it } from 'vitest';
import { trendOf } from '../../../lib/performance/trend.js';
import { Chance } from './chance.js';

const RUNS = 1_000;
const STEP_MS = 5_000;

const pointsOf = (values: readonly number[]) => ({
  timesMs: values.map((_, i) => 1_000_000 + i * STEP_MS),
  values,
});

type Noise = (chance: Chance, length: number) => number[];

const times = (length: number, next: () => number) => Array.from({ length }, next);

const noises: Readonly<Record<string, Noise>> = {
  'normal noise': (chance, length) => times(length, () => 100 + 30 * chance.normal()),
  'noise with outliers': (chance, length) =>
    times(length, () => 100 + 10 * chance.normal() + (chance.next() < 0.05 ? 1_000 : 0)),
  'random arrivals': (chance, length) => times(length, () => chance.poisson(3) / 5),
  'rare arrivals': (chance, length) => times(length, () => chance.poisson(0.1) / 5),
  'noise that depends on its neighbour': (chance, length) => {
    let deviation = 0;
    return times(length, () => {
      deviation = 0.3 * deviation + 20 * chance.normal();
      return 100 + deviation;
    });
  },
  'a constant': (_chance, length) => times(length, () => 100),
  zero: (_chance, length) => times(length, () => 0),
};

describe.each(Object.keys(noises))('a flat signal with %s', (name) => {
  // Windows are too short to tell such noise from a trend each time.
  const least = name.includes('neighbour') ? 990 : 995;

  it.each([12, 30])(
    `A flat signal with ${name} is stable in at least ${least} of 1,000 windows of %d values`,
    (length) => {
      const chance = new Chance(20_261_129);
      const stable = times(RUNS, () => {
        const { direction } = trendOf(pointsOf(noises[name]!(chance, length)), 0.01);
        return Number(direction === 'stable');
      });
      expect(stable.reduce((sum, it) => sum + it, 0)).toBeGreaterThanOrEqual(least);
    },
  );
});

describe('a trend', () => {
  it.each([
    [30, 10, 950],
    [30, 5, 1_000],
    [12, 5, 850],
  ])(
    'A trend of half the level in %d values with noise of %d %% is found in at least %d of 1,000 windows, up and down',
    (length, noise, expected) => {
      for (const sign of [1, -1]) {
        const chance = new Chance(5);
        const found = times(RUNS, () => {
          const line = times(length, () => noise * chance.normal());
          const values = line.map((it, i) => 100 + sign * 50 * (i / (length - 1)) + it);
          const { direction } = trendOf(pointsOf(values), 0.01);
          return Number(direction === (sign > 0 ? 'increasing' : 'decreasing'));
        });
        expect(found.reduce((sum, it) => sum + it, 0)).toBeGreaterThanOrEqual(expected);
      }
    },
  );

  it('A trend from zero has a change and no ratio', () => {
    const values = times(30, () => 0).map((_, i) => Math.max(0, i - 16));
    const { direction, change, changeRatio } = trendOf(pointsOf(values), 0.01);
    expect(direction).toBe('increasing');
    expect(change).toBeGreaterThan(0);
    expect(changeRatio).toBeUndefined();
  });

  it('A trend below the floor is stable, and one of seven values is unknown', () => {
    const rise = times(30, () => 0).map((_, i) => i / 1_000);
    expect(trendOf(pointsOf(rise), 0.1).direction).toBe('stable');
    expect(trendOf(pointsOf(rise.slice(0, 7)), 0)).toEqual({ direction: 'unknown' });
  });
});
