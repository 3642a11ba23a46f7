import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/kernel/clock.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

describe('a manual clock', () => {
  it('A manual clock stands still until it is told to advance', () => {
    const clock = new ManualClock(1_000);
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([0, 1_000]);
    clock.advance(250);
    clock.advance(0);
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([250, 1_250]);
  });

  it('A manual clock keeps the monotonic time when the wall clock is set', () => {
    const clock = new ManualClock(1_000);
    clock.advance(5);
    clock.setWall(10);
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([5, 10]);
  });

  it.each([-1, Number.NaN, Infinity])('A manual clock does not advance by %d', (ms) => {
    expect(() => new ManualClock().advance(ms)).toThrow(RangeError);
  });
});

describe('the clock of the process', () => {
  it('The system clock gives Unix time and a time that never goes backwards', () => {
    const before = Date.now();
    expect(systemClock.wallMs()).toBeGreaterThanOrEqual(before);
    const readings = Array.from({ length: 1000 }, () => systemClock.monotonicMs());
    expect(readings).toEqual(readings.toSorted((a, b) => a - b));
  });
});
