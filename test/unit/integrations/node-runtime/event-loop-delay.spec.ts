import { afterEach, describe, expect, it } from 'vitest';
import { EventLoopDelay } from '../../../../lib/integrations/node-runtime/event-loop-delay.js';
import { systemClock } from '../../../../lib/kernel/clock.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import { poll } from '../../../system/poll.js';

const started: EventLoopDelay[] = [];

afterEach(() => {
  for (const it of started.splice(0)) it.stop();
});

function startedDelay(clock = new ManualClock()) {
  const delay = new EventLoopDelay(clock);
  delay.start();
  // The test ticks in place of the timer.
  delay.stop();
  /** Lets the timer run after so many milliseconds, in place of 20. */
  const tickAfter = (...gapsMs: readonly number[]) => {
    for (const gapMs of gapsMs) {
      clock.advance(gapMs);
      delay.tick();
    }
  };
  return { clock, delay, tickAfter };
}

function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('the delay of the event loop', () => {
  it('The event loop delay is 0 while timers run when they are due, and while nothing was measured', () => {
    const { delay, tickAfter } = startedDelay();
    expect(delay.quantiles([0.5, 0.99])).toEqual([0, 0]);
    tickAfter(20, 20, 20);
    expect(delay.quantiles([0.5, 0.99])).toEqual([0, 0]);
  });

  it('The event loop delay is what a timer due at any moment of a stall had to wait', () => {
    const { delay, tickAfter } = startedDelay();
    // Half of the time is a stall of a second: timers due in it wait between 0 and 1 s.
    tickAfter(...Array.from({ length: 50 }, () => 20), 1_020);
    const [p25 = 0, p75 = 0, p99 = 0, p100 = 0] = delay.quantiles([0.25, 0.75, 0.99, 1]);
    expect(p25).toBeLessThan(0.001);
    expect(p75).toBeGreaterThan(0.45);
    expect(p75).toBeLessThan(0.56);
    expect(p99).toBeGreaterThan(0.95);
    expect(p100).toBe(1);
  });

  it('The event loop delay is the same for every reader for 15 seconds, and 0 afterwards', () => {
    const { delay, tickAfter } = startedDelay();
    tickAfter(20, 20, 1_020);
    expect(delay.quantiles([1])).toEqual([1]);
    for (let reader = 0; reader < 140; reader++) {
      tickAfter(...Array.from({ length: 5 }, () => 20));
      expect(delay.quantiles([1])).toEqual([1]);
    }
    tickAfter(...Array.from({ length: 100 }, () => 20));
    expect(delay.quantiles([1])).toEqual([0]);
  });

  it('The event loop delay is a share of the window, not of the whole past', () => {
    const { delay, tickAfter } = startedDelay();
    tickAfter(...Array.from({ length: 10_000 }, () => 20), 1_020);
    // A second of 15: one timer in a hundred is later than 0.85 s.
    expect(delay.p99Seconds()).toBeGreaterThan(0.8);
    expect(delay.p99Seconds()).toBeLessThan(0.95);
  });

  it('The event loop delay contains a stall whose own timer run is still due', () => {
    const { clock, delay } = startedDelay();
    clock.advance(1_020);
    delay.catchUp();
    expect(delay.quantiles([1])).toEqual([1]);
    clock.advance(10);
    delay.catchUp();
    delay.tick();
    expect(delay.p99Seconds()).toBeGreaterThan(0.9);
  });

  it('The event loop delay is right to 10 % at every length, in the same memory', () => {
    for (const ms of [1, 7, 90, 400, 5_000, 60_000]) {
      const { delay, tickAfter } = startedDelay();
      tickAfter(ms + 20);
      const [p999 = 0] = delay.quantiles([0.999]);
      expect(p999).toBeGreaterThan((ms / 1000) * 0.9);
      expect(p999).toBeLessThanOrEqual(ms / 1000);
    }
  });

  it('The event loop delay of hours, as after a sleep of the machine, is recorded in no time', () => {
    const { delay, tickAfter } = startedDelay();
    tickAfter(8 * 3_600_000);
    expect(delay.quantiles([1])[0]).toBeCloseTo(8 * 3_600 - 0.02, 3);
  });

  it('The event loop delay is measured by a timer of the process', async () => {
    const delay = new EventLoopDelay(systemClock);
    started.push(delay);
    delay.start();
    stall(300);
    const late = async () => delay.quantiles([1])[0] || undefined;
    const seconds = await poll(late, { what: 'a tick of the timer', timeoutMs: 5000 });
    expect(seconds).toBeGreaterThan(0.25);
  });
});
