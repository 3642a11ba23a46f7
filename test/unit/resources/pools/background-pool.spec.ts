import { describe, expect, it } from 'vitest';
import { BackgroundPool } from '../../../../lib/resources/pools/background-pool.js';
import type { PoolReading } from '../../../../lib/resources/pools/pool-source.js';
import { ManualTimers } from '../../../../lib/testing/manual-timers.js';
import { makeRegistry } from '../../metrics/registry-of-test.js';

const PERIOD_MS = 5_000;

type Outcome = PoolReading | undefined | Error | 'hangs';

function poolOf() {
  const { clock, faults, refused } = makeRegistry();
  const state: { outcome: Outcome; asked: number } = {
    outcome: { size: 1, available: 1 },
    asked: 0,
  };
  const hanging: ((reading: PoolReading) => void)[] = [];
  const observe = async (): Promise<PoolReading | undefined> => {
    state.asked++;
    if (state.outcome === 'hangs') return new Promise((resolve) => hanging.push(resolve));
    if (state.outcome instanceof Error) throw state.outcome;
    return state.outcome;
  };
  const timers = new ManualTimers(clock);
  const pool = new BackgroundPool({ observe }, { clock, faults, timers });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const pass = (ms: number) => timers.advance(ms);
  return { pool, state, hanging, refused, settle, pass };
}

describe('a pool that answers later', () => {
  it('A pool that answers later is asked at once and then every five seconds', async () => {
    const { pool, state, settle, pass } = poolOf();
    expect(pool.read()).toBeUndefined();
    await settle();
    expect(pool.read()).toEqual({ size: 1, available: 1 });
    state.outcome = { size: 2, available: 0 };
    await pass(PERIOD_MS - 1);
    expect(state.asked).toBe(1);
    await pass(1);
    expect(pool.read()).toEqual({ size: 2, available: 0 });
    pool.stop();
    await pass(10 * PERIOD_MS);
    expect(state.asked).toBe(2);
    expect(pool.read()).toBeUndefined();
  });

  it('A pool that answers later has no numbers after a failure, which is counted', async () => {
    const { pool, state, refused, settle, pass } = poolOf();
    await settle();
    state.outcome = new Error('gone');
    await pass(PERIOD_MS);
    expect(pool.read()).toBeUndefined();
    expect(refused).toEqual(['connection_pool']);
    state.outcome = { size: 1, available: 0 };
    await pass(PERIOD_MS);
    expect(pool.read()).toEqual({ size: 1, available: 0 });
  });

  it('A pool that answers later is not asked again while it hangs, and that is counted once', async () => {
    const { pool, state, hanging, refused, settle, pass } = poolOf();
    await settle();
    state.outcome = 'hangs';
    for (let i = 0; i < 10; i++) await pass(PERIOD_MS);
    expect(state.asked).toBe(2);
    expect(refused).toEqual(['connection_pool']);
    expect(pool.read()).toBeUndefined();
    hanging[0]?.({ size: 5, available: 5 });
    await settle();
    expect(pool.read()).toEqual({ size: 5, available: 5 });
    await pass(PERIOD_MS);
    expect(state.asked).toBe(3);
  });

  it('A pool that answers later has no numbers once the last ones are older than fifteen seconds', async () => {
    const { clock, faults } = makeRegistry();
    const pool = new BackgroundPool(
      { observe: async () => ({ size: 1, available: 1 }) },
      { clock, faults },
    );
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(3 * PERIOD_MS);
    expect(pool.read()).toEqual({ size: 1, available: 1 });
    clock.advance(1);
    expect(pool.read()).toBeUndefined();
    pool.stop();
  });

  it('A pool that answers later that throws at once is a failure like another', async () => {
    const { clock, faults, refused } = makeRegistry();
    const observe = () => {
      throw new Error('at once');
    };
    const pool = new BackgroundPool({ observe }, { clock, faults });
    await new Promise((resolve) => setImmediate(resolve));
    expect(pool.read()).toBeUndefined();
    expect(refused).toEqual(['connection_pool']);
    pool.stop();
  });
});
