import { hrtime } from 'node:process';
import { describe, expect, it } from 'vitest';
import { forwardClock, systemClock } from '../../../lib/kernel/clock.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

const nowMs = () => Number(hrtime.bigint()) / 1_000_000;

describe('the clock of the process', () => {
  it('The system clock tells milliseconds, and parts of them, of the clock that never goes backwards', () => {
    const readings = Array.from({ length: 100 }, () => [
      nowMs(),
      systemClock.monotonicMs(),
      nowMs(),
    ]);
    for (const [before, read, after] of readings) {
      // The last bits of two ways to divide.
      expect(read).toBeGreaterThanOrEqual(before! - 1e-6);
      expect(read).toBeLessThanOrEqual(after! + 1e-6);
    }
  });
});

describe('a forward clock', () => {
  it('The clock shows the time of its clock, also after a step forward', () => {
    const clock = new ManualClock(1_000);
    const forward = forwardClock(clock);
    expect(forward.wallMs()).toBe(1_000);
    clock.advance(250);
    expect(forward.wallMs()).toBe(1_250);
    clock.setWall(90_000);
    expect(forward.wallMs()).toBe(90_000);
  });

  it('The clock never goes back, and meets its clock again', () => {
    const clock = new ManualClock(3_600_000);
    const forward = forwardClock(clock);
    let last = forward.wallMs();
    for (const backMs of [60_000, 3_000, 1]) {
      clock.setWall(clock.wallMs() - backMs);
      for (let i = 0; i < 10; i++) {
        clock.advance(10);
        const now = forward.wallMs();
        expect(now).toBeGreaterThan(last);
        expect(now - last).toBeLessThanOrEqual(10);
        last = now;
      }
    }
    clock.advance(11 * 63_000);
    expect(forward.wallMs()).toBe(clock.wallMs());
  });

  it('The clock goes on when its clock is out of order for a while', () => {
    const clock = new ManualClock(1_000);
    let isBroken = true;
    const broken = (read: () => number) => (isBroken ? Number.NaN : read());
    const forward = forwardClock({
      monotonicMs: () => broken(() => clock.monotonicMs()),
      wallMs: () => broken(() => clock.wallMs()),
    });
    expect(forward.wallMs()).toBeNaN();
    isBroken = false;
    expect(forward.wallMs()).toBe(1_000);
    isBroken = true;
    expect(forward.wallMs()).toBe(1_000);
    isBroken = false;
    clock.advance(10);
    expect(forward.wallMs()).toBe(1_010);
  });
});
