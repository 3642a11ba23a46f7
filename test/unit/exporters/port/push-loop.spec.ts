import { describe, expect, it } from 'vitest';
import type { PushExporter } from '../../../../lib/exporters/port/metrics-exporter.js';
import { firstDelayMs, nextDelayMs, PushLoop } from '../../../../lib/exporters/port/push-loop.js';
import { Faults } from '../../../../lib/kernel/faults.js';
import { ManualTimers } from '../../../../lib/testing/manual-timers.js';

const INTERVAL_MS = 10_000;

type Behaviour = (signal: AbortSignal) => Promise<void>;

const takes: Behaviour = async () => undefined;
const refuses: Behaviour = () => Promise.reject(new Error('refused'));
const obeys: Behaviour = (signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const hangs: Behaviour = () => new Promise(() => undefined);

/** A loop around an exporter that behaves as it is told, without jitter. */
function makeLoop(behaviour: Behaviour, parts: Partial<PushExporter> = {}) {
  const timers = new ManualTimers();
  const { clock } = timers;
  const exports: { startMs: number; outcome?: string; tookS?: number }[] = [];
  const faults = new Faults(clock);
  const logged: string[] = [];
  let counted = 0;
  faults.connect({ count: () => counted++, log: (it) => logged.push(it) });
  const state = { behaviour, underWay: 0, mostUnderWay: 0, calls: 0, closed: 0 };
  const exporter: PushExporter = {
    intervalMs: INTERVAL_MS,
    timeoutMs: 2_000,
    export: async (_snapshot, signal) => {
      state.calls += 1;
      state.underWay += 1;
      state.mostUnderWay = Math.max(state.mostUnderWay, state.underWay);
      await state.behaviour(signal).finally(() => (state.underWay -= 1));
    },
    close: () => {
      state.closed += 1;
    },
    ...parts,
  };
  const loop = new PushLoop({
    name: 'target',
    exporter,
    clock,
    timers,
    faults,
    self: {
      expectExports: () => undefined,
      exported: (_name, outcome, tookS) =>
        exports.push({ startMs: clock.monotonicMs() - tookS * 1000, outcome, tookS }),
    },
    random: () => 0.5,
    snapshot: () => ({ takenAtMs: clock.wallMs(), metrics: [] }),
  });
  return { loop, timers, state, exports, logged, faults: () => counted };
}

describe('the delay of an export', () => {
  it('The delay of an export is somewhere within the interval for the first', () => {
    expect(firstDelayMs(1000, 0)).toBe(1000);
    expect(firstDelayMs(1000, 0.999)).toBeCloseTo(1);
  });

  it('The delay of an export varies by a tenth', () => {
    expect(nextDelayMs(1000, 0, 0)).toBe(900);
    expect(nextDelayMs(1000, 0, 0.5)).toBe(1000);
    expect(nextDelayMs(1000, 0, 1)).toBe(1100);
  });

  it('The delay of an export doubles with every failure in a row, up to two minutes or the interval', () => {
    const delays = [0, 1, 2, 3, 4, 5, 2000].map((it) => nextDelayMs(10_000, it, 0.5));
    expect(delays).toEqual([10_000, 20_000, 40_000, 80_000, 120_000, 120_000, 120_000]);
    expect(nextDelayMs(300_000, 3, 0.5)).toBe(300_000);
  });

  it('The delay of an export is never more than a timer takes', () => {
    const longestMs = 2 ** 31 - 1;
    expect(nextDelayMs(longestMs, 0, 0.99)).toBe(longestMs);
    expect(nextDelayMs(longestMs, 5, 0.99)).toBe(longestMs);
    expect(firstDelayMs(longestMs, 0)).toBe(longestMs);
  });
});

describe('a push loop', () => {
  it('A push loop exports at its interval', async () => {
    const { loop, timers, exports } = makeLoop(takes);
    loop.start();
    await timers.advance(35_000);
    expect(exports.map((it) => it.startMs)).toEqual([5_000, 15_000, 25_000, 35_000]);
    expect(exports.every((it) => it.outcome === 'success')).toBe(true);
  });

  it('A push loop does nothing before it is started', async () => {
    const { timers, exports } = makeLoop(takes);
    await timers.advance(60_000);
    expect(exports).toEqual([]);
  });

  it('A push loop gives an export up after its time limit, and goes on', async () => {
    const { loop, timers, state, exports } = makeLoop(obeys);
    loop.start();
    await timers.advance(8_000);
    expect(exports).toEqual([{ startMs: 5_000, outcome: 'failure', tookS: 2 }]);
    state.behaviour = takes;
    await timers.advance(20_000);
    expect(exports.at(-1)?.outcome).toBe('success');
  });

  it('A push loop never calls an exporter that does not end, and counts that', async () => {
    const { loop, timers, state, exports, logged } = makeLoop(hangs);
    loop.start();
    await timers.advance(600_000);
    expect(state.calls).toBe(1);
    expect(exports.length).toBeGreaterThan(5);
    expect(exports.every((it) => it.outcome === 'failure')).toBe(true);
    expect(logged[0]).toContain('target: Error: the export took more than 2000 ms');
    expect(logged[1]).toContain('the previous export is still running');
  });

  it('A push loop waits longer while exports fail, and not when they succeed again', async () => {
    const { loop, timers, state, exports, faults } = makeLoop(refuses);
    loop.start();
    await timers.advance(400_000);
    const starts = exports.map((it) => it.startMs);
    expect(starts).toEqual([5_000, 25_000, 65_000, 145_000, 265_000, 385_000]);
    expect(faults()).toBe(6);
    state.behaviour = takes;
    await timers.advance(125_000);
    expect(exports.slice(6).map((it) => it.startMs)).toEqual([505_000, 515_000, 525_000]);
  });

  it('A push loop takes what an exporter throws as a failure', async () => {
    const { loop, timers, exports } = makeLoop(takes, {
      export: () => {
        throw new Error('bug');
      },
    });
    loop.start();
    await timers.advance(5_000);
    expect(exports.map((it) => it.outcome)).toEqual(['failure']);
  });
});

describe('the end of a push loop', () => {
  it('The end of a push loop is a last export, and nothing after it', async () => {
    const { loop, timers, state, exports } = makeLoop(takes);
    loop.start();
    await timers.advance(6_000);
    const stopping = loop.stop(5_000);
    await timers.advance(0);
    await stopping;
    await timers.advance(100_000);
    expect(exports).toHaveLength(2);
    expect(state.closed).toBe(1);
    expect(timers.pending).toBe(0);
  });

  it('The end of a push loop lets the export under way end first', async () => {
    let release: () => void = () => undefined;
    const waits: Behaviour = () => new Promise((resolve) => (release = resolve));
    const { loop, timers, state, exports } = makeLoop(waits);
    loop.start();
    await timers.advance(5_500);
    const stopping = loop.stop(5_000);
    state.behaviour = takes;
    await timers.advance(500);
    expect(exports).toEqual([]);
    release();
    await stopping;
    expect(exports.map((it) => it.outcome)).toEqual(['success', 'success']);
    expect(state.mostUnderWay).toBe(1);
  });

  it('The end of a push loop comes after a second when the target was not reached lately', async () => {
    const { loop, timers, state } = makeLoop(refuses);
    loop.start();
    await timers.advance(6_000);
    state.behaviour = obeys;
    let endedMs: number | undefined;
    void loop.stop(5_000).then(() => (endedMs = timers.clock.monotonicMs()));
    await timers.advance(20_000);
    expect(endedMs).toBe(7_000);
  });

  it.each([
    ['that obeys', obeys],
    ['that hangs', hangs],
  ])('The end of a push loop comes within its limit with a target %s', async (_what, behaviour) => {
    const { loop, timers } = makeLoop(behaviour, { timeoutMs: 60_000 });
    loop.start();
    await timers.advance(6_000);
    let endedMs: number | undefined;
    void loop.stop(5_000).then(() => (endedMs = timers.clock.monotonicMs()));
    await timers.advance(20_000);
    expect(endedMs).toBe(11_000);
  });

  it('The end of a push loop comes within its limit with an exporter that never closes', async () => {
    const { loop, timers } = makeLoop(takes, { close: () => new Promise(() => undefined) });
    let endedMs: number | undefined;
    void loop.stop(5_000).then(() => (endedMs = timers.clock.monotonicMs()));
    await timers.advance(20_000);
    expect(endedMs).toBe(5_000);
  });

  it('The end of a push loop is the same for whoever asks for it twice', async () => {
    const { loop, state } = makeLoop(takes);
    await Promise.all([loop.stop(5_000), loop.stop(5_000)]);
    expect(state).toMatchObject({ calls: 1, closed: 1 });
  });
});
