import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/testing/index.js';
import type { LiveState } from '../../../lib/live/state/live-state.js';
import { type Delta, withDelta } from '../../../lib/live/stream/delta.format.js';
import { Frames } from '../../../lib/live/stream/frames.js';

const TABLES = { commands: [], queries: [], routes: [], operations: [], jobs: [] };
const rows = (count: number, rate: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `Command${i}`, rate: rate + i, p95: rate / 7 }));
const stateOf = (count: number, rate: number) =>
  ({ ...TABLES, commands: rows(count, rate) }) as unknown as LiveState;

function framesOf(...states: LiveState[]) {
  const clock = new ManualClock();
  let reads = 0;
  const read = async () => states[Math.min(reads++, states.length - 1)] as LiveState;
  const frames = new Frames(read, { clock, namespace: 'eventcore' }, 2_000);
  return { frames, clock, reads: () => reads };
}

describe('frames of the live page', () => {
  it('Pages that open within an interval share one reading', async () => {
    const { frames, reads } = framesOf(stateOf(1, 1));
    await Promise.all([frames.full(), frames.full(), frames.full()]);
    expect(reads()).toBe(1);
  });

  it('A frame holds at most 4 KB when all rows change, and all have changed some frames later', async () => {
    const last = stateOf(200, 9.75);
    const { frames } = framesOf(stateOf(200, 1), last);
    let { state } = JSON.parse(await frames.full()) as { state: unknown };
    for (let i = 0; i < 16; i++) {
      const text = (await frames.next()) as string;
      expect(text.length).toBeLessThanOrEqual(4_096);
      const { changes } = JSON.parse(text) as { changes: Delta };
      state = withDelta(state, changes);
    }
    expect(state).toEqual(last);
  });

  it('Numbers of frames follow each other, and a state that was forgotten is read anew', async () => {
    const { frames, reads } = framesOf(stateOf(1, 1), stateOf(1, 2), stateOf(1, 3));
    const first = JSON.parse(await frames.full()) as { n: number };
    const second = JSON.parse((await frames.next()) as string) as { n: number };
    expect(second.n).toBe(first.n + 1);
    frames.clear();
    await frames.full();
    expect(reads()).toBe(3);
  });
});
