import { hrtime } from 'node:process';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/kernel/clock.js';

const nowMs = () => Number(hrtime.bigint()) / 1_000_000;

describe('the clock of the process', () => {
  it('tells milliseconds, and parts of them, of the clock that never goes backwards', () => {
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
