import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import { TokenBucket } from '../../../../lib/tracing/samplers/token-bucket.js';

function takeAll(bucket: TokenBucket, limit = 1000): number {
  let taken = 0;
  while (taken < limit && bucket.take()) taken++;
  return taken;
}

describe('a token bucket', () => {
  it('A token bucket lets a burst of one second through at once, and no more', () => {
    expect(takeAll(new TokenBucket(5, new ManualClock()))).toBe(5);
  });

  it('A token bucket earns its rate as time passes', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(5, clock);
    takeAll(bucket);
    clock.advance(199);
    expect(bucket.take()).toBe(false);
    clock.advance(1);
    expect(bucket.take()).toBe(true);
    expect(bucket.take()).toBe(false);
  });

  it('A token bucket saves up one second at most', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(5, clock);
    clock.advance(3_600_000);
    expect(takeAll(bucket)).toBe(5);
  });

  it('A token bucket gives one token in ten seconds at a rate of 0.1', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(0.1, clock);
    expect(takeAll(bucket)).toBe(1);
    clock.advance(9_999);
    expect(bucket.take()).toBe(false);
    clock.advance(1);
    expect(bucket.take()).toBe(true);
  });

  it('A token bucket heeds no change of the wall clock', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket(1, clock);
    takeAll(bucket);
    clock.setWall(clock.wallMs() + 86_400_000);
    expect(bucket.take()).toBe(false);
  });

  it('A token bucket gives at most capacity + rate × time in any period', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 60 });
    const rate = fc.double({ min: 0.05, max: 200, noNaN: true });
    fc.assert(
      fc.property(rate, steps, (ratePerSecond, pausesMs) => {
        const clock = new ManualClock();
        const bucket = new TokenBucket(ratePerSecond, clock);
        const capacity = Math.max(1, ratePerSecond);
        const takes = pausesMs.map((pauseMs) => {
          clock.advance(pauseMs);
          return { atMs: clock.monotonicMs(), taken: takeAll(bucket) };
        });
        for (let from = 0; from < takes.length; from++) {
          let taken = 0;
          for (const it of takes.slice(from)) {
            taken += it.taken;
            const seconds = (it.atMs - (takes[from]?.atMs ?? 0)) / 1000;
            expect(taken).toBeLessThanOrEqual(capacity + ratePerSecond * seconds + 1e-6);
          }
        }
      }),
    );
  });
});
