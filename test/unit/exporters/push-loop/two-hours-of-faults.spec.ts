import { describe, expect, it } from 'vitest';
import { OtlpExporter } from '../../../../lib/exporters/otlp/otlp.exporter.js';
import type { OtlpResult } from '../../../../lib/exporters/otlp/otlp-delegates.js';
import { PushLoop } from '../../../../lib/exporters/port/push-loop.js';
import { StatsdExporter } from '../../../../lib/exporters/statsd/statsd.exporter.js';
import { Faults } from '../../../../lib/kernel/faults.js';
import type {
  ExporterContext,
  PushExporter,
} from '../../../../lib/exporters/port/metrics-exporter.js';
import { MetricRegistry } from '../../../../lib/metrics/registry.js';
import { ManualTimers } from '../../../../lib/testing/manual-timers.js';

const INTERVAL_MS = 5_000;
const HOURS_MS = 2 * 3_600_000;
const SERIES = 50;

/** Numbers from 0 to below 1, the same in every run. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Weather = 'well' | 'refuses' | 'fails' | 'hangs';

/** What a target does changes every few minutes. */
class Target {
  readonly #random = pseudoRandom(7);
  readonly #timers: ManualTimers;
  #untilMs = 0;
  #weather: Weather = 'well';
  isOver = false;
  counted = 0;
  deliveries = 0;

  constructor(timers: ManualTimers) {
    this.#timers = timers;
  }

  get weather(): Weather {
    if (this.isOver) return 'well';
    const nowMs = this.#timers.clock.monotonicMs();
    if (nowMs >= this.#untilMs) {
      this.#untilMs = nowMs + this.#random() * 600_000;
      const all: readonly Weather[] = ['well', 'refuses', 'fails', 'hangs'];
      this.#weather = all[Math.floor(this.#random() * all.length)] as Weather;
    }
    return this.#weather;
  }

  take(amount: number): void {
    this.deliveries += 1;
    this.counted += amount;
  }
}

type Context = Pick<ExporterContext, 'startedAtMs' | 'onSeriesEnd' | 'report'>;

function otlpTo(target: Target, timers: ManualTimers, context: Context): PushExporter {
  return new OtlpExporter({
    client: {
      export: (payload, callback: (result: OtlpResult) => void) => {
        const { weather } = target;
        if (weather === 'hangs') {
          // The client gives up by itself, as OpenTelemetry's does.
          timers.after(2_500, () => callback({ code: 1, error: new Error('timeout') }));
          return;
        }
        if (weather === 'refuses') {
          callback({ code: 1, error: Object.assign(new Error('no'), { code: 400 }) });
        } else if (weather === 'fails') callback({ code: 1, error: new Error('reset') });
        else {
          const blocks = payload.snapshot.metrics.flatMap((it) => it.blocks);
          target.take(blocks.flatMap(({ values }) => [...values]).reduce((sum, it) => sum + it, 0));
          callback({ code: 0 });
        }
      },
      shutdown: async () => undefined,
    },
    disconnect: () => undefined,
    end: () => undefined,
    temporality: 'delta',
    histograms: 'explicit',
    context,
    intervalMs: INTERVAL_MS,
    timeoutMs: 2_000,
  });
}

function statsdTo(target: Target, context: Context): PushExporter {
  return new StatsdExporter({
    transport: {
      send: async (datagram) => {
        const { weather } = target;
        if (weather === 'hangs') await new Promise(() => undefined);
        if (weather !== 'well') throw new Error(weather);
        const lines = Buffer.from(datagram).toString().split('\n');
        target.take(lines.reduce((sum, it) => sum + Number(/:(\d+)\|c/.exec(it)?.[1]), 0));
      },
      reset: () => undefined,
    },
    format: { dialect: 'dogstatsd', prefix: '', tags: [], histograms: 'buckets' },
    maxDatagramBytes: 300,
    context,
    intervalMs: INTERVAL_MS,
    timeoutMs: 2_000,
  });
}

function makeWorld(kind: 'OTLP' | 'StatsD') {
  const timers = new ManualTimers();
  const { clock } = timers;
  const faults = new Faults(clock);
  const registry = new MetricRegistry({ clock, faults, seriesLimit: 1000 });
  const things = registry.counter({ name: 'things_total', help: 'Things.', labels: ['kind'] });
  const target = new Target(timers);
  const outcomes = { success: 0, failure: 0 };
  let reported = 0;
  faults.connect({ count: () => reported++, log: () => undefined });
  const context: Context = {
    startedAtMs: clock.wallMs(),
    onSeriesEnd: (listen) => registry.onSeriesEnd(listen),
    report: (error) => faults.report('target', error),
  };
  const loop = new PushLoop({
    name: 'target',
    exporter: kind === 'OTLP' ? otlpTo(target, timers, context) : statsdTo(target, context),
    clock,
    timers,
    faults,
    self: { expectExports: () => undefined, exported: (_name, outcome) => outcomes[outcome]++ },
    random: pseudoRandom(3),
    snapshot: () => registry.snapshot(),
  });
  return { timers, things, target, outcomes, loop, reported: () => reported };
}

describe.each(['OTLP', 'StatsD'] as const)('two hours of faults of a target of %s', (kind) => {
  it('Two hours of target faults lose nothing, double nothing, are counted, and leave the memory as it was', async () => {
    const { timers, things, target, outcomes, loop, reported } = makeWorld(kind);
    const random = pseudoRandom(11);
    let counted = 0;
    const pass = async (ms: number) => {
      for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
        for (let i = 0; i < 20; i++) {
          things.labels({ kind: `kind ${Math.floor(random() * SERIES)}` }).inc();
          counted += 1;
        }
        await timers.advance(1_000);
      }
    };
    loop.start();
    await pass(HOURS_MS / 4);
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    await pass((3 * HOURS_MS) / 4);
    globalThis.gc?.();
    const grown = process.memoryUsage().heapUsed - before;
    expect(grown).toBeLessThan(1_000_000);
    expect(outcomes.success).toBeGreaterThan(100);
    expect(outcomes.failure).toBeGreaterThan(20);
    expect(reported()).toBe(outcomes.failure);
    expect(target.counted).toBeLessThanOrEqual(counted);
    target.isOver = true;
    await pass(300_000);
    const stopping = loop.stop(5_000);
    await timers.advance(5_000);
    await stopping;
    expect(target.counted).toBe(counted);
    expect(timers.pending).toBe(0);
  });
});
