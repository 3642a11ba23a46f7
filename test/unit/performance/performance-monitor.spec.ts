import { describe, expect, it } from 'vitest';
import { PerformanceMonitor } from '../../../lib/performance/performance-monitor.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { Chance } from './chance.js';
import { RecordedHistory, type Sample } from './recorded-history.js';

const STEP_MS = 5_000;
const START_MS = 1_800_000_000_000;
const BOUNDS = [0.01, 0.1, 1] as const;

const thresholds = {
  command_errors: 0.05,
  command_latency: 0.5,
  projection_lag: 60,
  event_loop: 0.1,
  pools: 0.9,
  calls: 20,
};

interface Rates {
  readonly perStep: number;
  readonly failedPerStep?: number;
  /** Durations to choose from. */
  readonly seconds?: readonly number[];
  readonly more?: Sample;
}

/** A service that records commands, and its monitor. */
class Service {
  readonly history = new RecordedHistory();
  readonly clock = new ManualClock(START_MS);
  readonly durations: { readonly atMs: number; readonly seconds: number }[] = [];
  readonly monitor = new PerformanceMonitor(this.history, {
    clock: this.clock,
    thresholds,
    limits: { heapBytes: 1_000 },
  });
  readonly #chance = new Chance(11);
  readonly #totals: Record<string, number> = {};

  /** Runs for some minutes. */
  run(minutes: number, { perStep, failedPerStep = 0, seconds = [0.05], more = {} }: Rates): this {
    for (let i = 0; i < (minutes * 60_000) / STEP_MS; i++) {
      this.clock.advance(STEP_MS);
      for (let n = 0; n < perStep; n++) {
        const took = seconds[Math.floor(this.#chance.next() * seconds.length)]!;
        this.durations.push({ atMs: this.clock.wallMs(), seconds: took });
        this.#count('eventcore_command_duration_seconds_sum', took, 'outcome="success"');
        for (const bound of [...BOUNDS, Infinity]) {
          const le = bound === Infinity ? '+Inf' : String(bound);
          const labels = `outcome="success",le="${le}"`;
          this.#count('eventcore_command_duration_seconds_bucket', Number(took <= bound), labels);
        }
      }
      this.#count('eventcore_commands_total', perStep);
      this.#count('eventcore_command_errors_total', failedPerStep);
      this.history.add(this.clock.wallMs(), { ...this.#totals, ...more });
    }
    return this;
  }

  /** Restarts the process: all counters begin at 0. */
  restart(): void {
    for (const it of Object.keys(this.#totals)) this.#totals[it] = 0;
  }

  #count(name: string, by: number, labels = ''): void {
    const more = labels === '' ? '' : `,${labels}`;
    const series = `${name}{command_type="PlaceOrder"${more}}`;
    this.#totals[series] = (this.#totals[series] ?? 0) + by;
  }
}

describe('a performance snapshot', () => {
  it('A performance snapshot equals what the raw samples say, over 1, 5 and 15 minutes', async () => {
    const service = new Service();
    service.run(20, { perStep: 10, failedPerStep: 1, seconds: [0.005, 0.05, 0.4, 0.9] });
    for (const minutes of [1, 5, 15]) {
      const snapshot = await service.monitor.snapshot({ minutes });
      const fromMs = service.clock.wallMs() - minutes * 60_000;
      const calls = service.durations.filter(({ atMs }) => atMs > fromMs);
      const mean = calls.reduce((sum, it) => sum + it.seconds, 0) / calls.length;
      expect(snapshot.coveredSeconds).toBe(minutes * 60);
      expect(snapshot.commandsPerSecond).toBeCloseTo(calls.length / (minutes * 60), 9);
      expect(snapshot.averageLatencySeconds).toBeCloseTo(mean, 9);
      expect(snapshot.errorRatio).toBeCloseTo(0.1, 9);
      // Half of the durations are above 0.1: the median is where the share in the bucket reaches a half.
      const upTo = (bound: number) => calls.filter(({ seconds }) => seconds <= bound).length;
      const rank = 0.95 * calls.length;
      const share = (rank - upTo(0.1)) / (upTo(1) - upTo(0.1));
      expect(snapshot.p95Latency?.seconds).toBeCloseTo(0.1 + 0.9 * share, 9);
      expect(snapshot.p95Latency?.isAbove).toBe(false);
    }
  });

  it('A performance snapshot counts what a restarted process did, and nothing twice', async () => {
    const service = new Service();
    service.run(3, { perStep: 10 }).restart();
    service.run(2, { perStep: 10 });
    const { commandsPerSecond, coveredSeconds } = await service.monitor.snapshot();
    expect(coveredSeconds).toBe(295);
    expect(commandsPerSecond).toBeCloseTo(2, 9);
  });

  it('A performance snapshot says that a quantile is above the last bound', async () => {
    const service = new Service().run(2, { perStep: 1, seconds: [7] });
    const { p50Latency, p99Latency } = await service.monitor.snapshot({ minutes: 1 });
    expect(p50Latency).toEqual({ seconds: 1, isAbove: true });
    expect(p99Latency).toEqual({ seconds: 1, isAbove: true });
  });

  it('A performance snapshot without calls has a rate of 0, no latency and no error ratio', async () => {
    const service = new Service().run(2, { perStep: 0 });
    const snapshot = await service.monitor.snapshot({ minutes: 1 });
    expect(snapshot).toEqual({
      takenAtMs: service.clock.wallMs(),
      windowSeconds: 60,
      coveredSeconds: 60,
      commandsPerSecond: 0,
    });
    const empty = new Service();
    expect(await empty.monitor.snapshot()).toMatchObject({ coveredSeconds: 0 });
    expect(() => empty.monitor.snapshot({ minutes: Number.NaN })).toThrow(RangeError);
  });
});

describe('a health score', () => {
  it('A health score is the worst of its parts, each with 0.5 at the threshold of its alert', async () => {
    const more = {
      'eventcore_projection_lag_seconds{projection_name="orders"}': 69.6,
      'eventcore_projection_lag_seconds{projection_name="report"}': 9_000,
      'eventcore_projection_state{projection_name="report",state="rebuilding"}': 1,
    };
    const service = new Service().run(6, { perStep: 20, failedPerStep: 1, more });
    await service.monitor.evaluate();
    const { score, state, parts } = service.monitor.health()!;
    expect({ score, state }).toEqual({ score: expect.closeTo(0.42, 6), state: 'degraded' });
    expect(parts.map(({ name, score: of }) => [name, Math.round(of * 100) / 100])).toEqual([
      ['projection_lag', 0.42],
      ['command_errors', 0.5],
      ['command_latency', 0.9],
    ]);
    const { level, details } = service.monitor.check();
    expect(level).toBe('degraded');
    expect(details['reason']).toBe(
      '0.42: projection_lag 0.42, command_errors 0.5, command_latency 0.9',
    );
  });

  it('A health score stays degraded until it is above 0.7', async () => {
    const service = new Service();
    const states: unknown[] = [];
    for (const lag of [66, 54, 42, 30, 54]) {
      const more = { 'eventcore_projection_lag_seconds{projection_name="orders"}': lag };
      service.run(1, { perStep: 0, more });
      await service.monitor.evaluate();
      states.push(service.monitor.health()?.state);
    }
    expect(states).toEqual(['degraded', 'degraded', 'degraded', 'good', 'good']);
  });

  it('A health score of a service about which nothing is known is absent', async () => {
    const service = new Service();
    await service.monitor.evaluate();
    expect(service.monitor.health()).toBeUndefined();
    expect(service.monitor.check()).toEqual({ level: 'ok', details: {} });
  });
});

describe('anomalies and capacity', () => {
  it('A doubled latency after an hour is an anomaly of the monitor', async () => {
    const service = new Service().run(62, { perStep: 30, seconds: [0.005, 0.02, 0.05, 0.08] });
    await service.monitor.evaluate();
    expect(service.monitor.anomalies()).toEqual([]);
    expect(service.monitor.learning()).toEqual(['rate']);
    for (let minute = 0; minute < 6; minute++) {
      service.run(1, { perStep: 30, seconds: [0.01, 0.2, 0.4, 0.5] });
      await service.monitor.evaluate();
    }
    expect(service.monitor.anomalies().map(({ signal }) => signal)).toEqual(['latency']);
  });

  it('A heap that grows steadily has a time until it is full, one that does not has none', async () => {
    const service = new Service();
    for (let minute = 0; minute < 40; minute++) {
      const used = { 'eventcore_memory_usage_bytes{component="heap_used"}': 100 + 10 * minute };
      const busy = { eventcore_event_loop_utilization_ratio: 0.25 };
      service.run(1, { perStep: 5, more: { ...used, ...busy } });
    }
    await service.monitor.evaluate();
    const [heap, loop] = service.monitor.capacity();
    expect(heap).toMatchObject({ resource: 'heap', utilization: 0.49 });
    // 510 bytes are left, at 10 a minute.
    expect(heap?.saturationSeconds).toBeCloseTo(51 * 60, -2);
    expect(loop).toEqual({ resource: 'event_loop', utilization: 0.25 });
    expect(await service.monitor.headroom()).toBeCloseTo(4, 6);
  });

  it('A projection that catches up has a time for it, one that falls behind has none', async () => {
    const service = new Service();
    for (let step = 0; step < 120; step++) {
      service.run(STEP_MS / 60_000, {
        perStep: 0,
        more: {
          'eventcore_projection_lag_events{projection_name="orders"}': 2_000 - 10 * step,
          'eventcore_projection_lag_events{projection_name="report"}': 100 + step,
        },
      });
    }
    expect(await service.monitor.catchUp()).toEqual([
      { projection: 'orders', lagEvents: 810, seconds: 405 },
      { projection: 'report', lagEvents: 219 },
    ]);
  });
});
