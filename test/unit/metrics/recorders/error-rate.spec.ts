import { describe, expect, it } from 'vitest';
import { ErrorRate } from '../../../../lib/metrics/recorders/error-metrics.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';

function rateOf() {
  const clock = new ManualClock();
  const totals = { finished: 0, failed: 0 };
  const rate = new ErrorRate(clock, () => totals);
  return {
    clock,
    rate,
    finish: (failed: number, succeeded: number) => {
      totals.finished += failed + succeeded;
      totals.failed += failed;
    },
    /** Lets seconds pass as the timer of the module does. */
    pass: (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        clock.advance(1_000);
        rate.sample();
      }
    },
  };
}

describe('the error rate of the last minute', () => {
  it('The error rate of the last minute is 0 when nothing finished', () => {
    expect(rateOf().rate.ratio()).toBe(0);
  });

  it('The error rate of the last minute is the share of the finished calls that failed', () => {
    const { rate, finish, pass } = rateOf();
    finish(1, 3);
    pass(10);
    finish(1, 0);
    expect(rate.ratio()).toBe(0.4);
    expect(rate.finished()).toBe(5);
  });

  it('The error rate of the last minute forgets what is older than a minute', () => {
    const { rate, finish, pass } = rateOf();
    finish(10, 0);
    pass(30);
    finish(0, 10);
    pass(29);
    expect(rate.ratio()).toBe(0.5);
    pass(2);
    expect(rate.ratio()).toBe(0);
    expect(rate.finished()).toBe(10);
    pass(31);
    expect(rate.finished()).toBe(0);
  });

  it('The error rate of the last minute is right without a timer when it is read now and then', () => {
    const { rate, finish, clock } = rateOf();
    finish(10, 0);
    clock.advance(60_000);
    expect(rate.ratio()).toBe(1);
    finish(0, 5);
    clock.advance(61_000);
    rate.ratio();
    clock.advance(1_000);
    expect(rate.finished()).toBeLessThanOrEqual(5);
  });
});
