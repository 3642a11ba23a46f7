// A metric history on a clock of its own, for the sections that record or query one.
import { setImmediate } from 'node:timers/promises';
import { MetricHistory } from '@eventcore/nestjs-observability/query';
import { ManualClock } from '@eventcore/nestjs-observability/testing';

const INTERVAL_MS = 5_000;

export async function openHistory(options) {
  const clock = new ManualClock();
  const history = new MetricHistory(options);
  const exporter = await history.open({
    application: { labels: {} },
    startedAtMs: clock.wallMs(),
    clock,
    report: (error) => {
      throw error;
    },
  });
  return { clock, history, exporter };
}

/** Records ticks; returns the time of each in milliseconds. */
export async function record({ clock, exporter }, { metrics, advance }, ticks) {
  const { signal } = new AbortController();
  const exports = [];
  for (let i = 0; i < ticks; i++) {
    advance();
    const snapshot = {
      takenAtMs: clock.wallMs(),
      metrics: metrics.map((it) => ({ ...it, blocks: [{ ...it.blocks[0] }] })),
    };
    const startedMs = performance.now();
    await exporter.export(snapshot, signal);
    exports.push(performance.now() - startedMs);
    clock.advance(INTERVAL_MS);
    for (let turn = 0; turn < 4; turn++) await setImmediate();
  }
  return exports;
}
