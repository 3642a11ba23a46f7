import { afterEach, describe, expect, it } from 'vitest';
import {
  EventLoopDelay,
  RecentDelay,
} from '../../../../lib/integrations/node-runtime/event-loop-delay.js';
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
  return { clock, delay, tickAfter, window: delay.openWindow() };
}

function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('the delay of the event loop', () => {
  it('is 0 while timers run when they are due, and while nothing was measured', () => {
    const { window, tickAfter } = startedDelay();
    expect(window.take([0.5, 0.99])).toEqual([0, 0]);
    tickAfter(20, 20, 20);
    expect(window.take([0.5, 0.99])).toEqual([0, 0]);
  });

  it('is what a timer due at any moment of a stall had to wait', () => {
    const { window, tickAfter } = startedDelay();
    // Half of the time is a stall of a second: timers due in it wait between 0 and 1 s.
    tickAfter(...Array.from({ length: 50 }, () => 20), 1_020);
    const [p25 = 0, p75 = 0, p99 = 0, p100 = 0] = window.take([0.25, 0.75, 0.99, 1]);
    expect(p25).toBeLessThan(0.001);
    expect(p75).toBeGreaterThan(0.45);
    expect(p75).toBeLessThan(0.56);
    expect(p99).toBeGreaterThan(0.95);
    expect(p100).toBe(1);
  });

  it('is seen by the next reading when the stall begins right after one', () => {
    const { window, tickAfter } = startedDelay();
    tickAfter(20, 20);
    window.take([0.99]);
    tickAfter(520);
    expect(window.take([1])).toEqual([0.5]);
  });

  it('is told to each reader, whatever the others read', () => {
    const { delay, window, tickAfter } = startedDelay();
    const other = delay.openWindow();
    tickAfter(120);
    expect(window.take([1])).toEqual([0.1]);
    tickAfter(20);
    expect(window.take([1])).toEqual([0]);
    expect(other.take([1])).toEqual([0.1]);
  });

  it('is right to 10 % at every length, in the same memory', () => {
    for (const ms of [1, 7, 90, 400, 5_000, 60_000]) {
      const { window, tickAfter } = startedDelay();
      tickAfter(ms + 20);
      const [p999 = 0] = window.take([0.999]);
      expect(p999).toBeGreaterThan((ms / 1000) * 0.9);
      expect(p999).toBeLessThanOrEqual(ms / 1000);
    }
  });

  it('of hours, as after a sleep of the machine, is recorded in no time', () => {
    const { window, tickAfter } = startedDelay();
    tickAfter(8 * 3_600_000);
    expect(window.take([1])[0]).toBeCloseTo(8 * 3_600 - 0.02, 3);
  });

  it('is measured by a timer of the process', async () => {
    const delay = new EventLoopDelay(systemClock);
    const window = delay.openWindow();
    started.push(delay);
    delay.start();
    stall(300);
    const late = async () => window.take([1])[0] || undefined;
    const seconds = await poll(late, { what: 'a tick of the timer', timeoutMs: 5000 });
    expect(seconds).toBeGreaterThan(0.25);
  });
});

describe('the recent delay of the event loop', () => {
  it('is that of a window of at least a second, and 0 before the first one', () => {
    const { clock, window, tickAfter } = startedDelay();
    const recent = new RecentDelay(clock, window);
    expect(recent.p99Seconds()).toBe(0);
    tickAfter(120, 120, 760);
    const seconds = recent.p99Seconds();
    expect(seconds).toBeGreaterThan(0.5);
    tickAfter(...Array.from({ length: 49 }, () => 20));
    expect(recent.p99Seconds()).toBe(seconds);
    tickAfter(20);
    expect(recent.p99Seconds()).toBe(0);
  });
});
