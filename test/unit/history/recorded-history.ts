import type { Timers } from '../../../lib/kernel/timers.js';
import { Faults } from '../../../lib/kernel/faults.js';
import { type HistoryOptions, settingsOf } from '../../../lib/history/history-options.js';
import { HistoryStore } from '../../../lib/history/history-store.js';
import { MetricRegistry } from '../../../lib/metrics/registry.js';
import { LabelMatcher } from '../../../lib/query/label-matcher.js';
import type { SampleSeries } from '../../../lib/query/series-source.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

export const START = Date.UTC(2026, 0, 1);

/** A history with its registry and clock. */
export class RecordedHistory {
  readonly clock: ManualClock;
  readonly registry: MetricRegistry;
  readonly store: HistoryStore;
  readonly faults: string[] = [];
  /** Beats that wait. */
  readonly beats: (() => void)[] = [];
  readonly #timers: Timers = {
    after: (_delayMs, run) => {
      this.beats.push(run);
      return () => undefined;
    },
  };

  constructor(options: HistoryOptions = {}, { startMs = START, labels = {} } = {}) {
    this.clock = new ManualClock(startMs);
    const faults = new Faults(this.clock);
    this.registry = new MetricRegistry({ clock: this.clock, faults, seriesLimit: 1e6 });
    this.store = new HistoryStore({
      settings: settingsOf(options),
      labels,
      run: startMs,
      timers: this.#timers,
      report: (error) => this.faults.push((error as Error).message),
    });
  }

  /** Records a tick now. */
  tick(): void {
    this.store.record(this.clock.wallMs(), this.registry.snapshot().metrics);
  }

  /** Records ticks, one every five seconds. */
  ticks(count: number, before: (tick: number) => void = () => undefined): void {
    for (let i = 0; i < count; i++) {
      before(i);
      this.tick();
      this.clock.advance(5_000);
    }
  }

  /** Selects series by name and labels, over all time unless told otherwise. */
  async select(
    name: string,
    {
      fromMs = 0,
      toMs = 1e14,
      ...labels
    }: { fromMs?: number; toMs?: number; [it: string]: unknown } = {},
  ): Promise<Readonly<Record<string, SampleSeries>>> {
    const matchers = [new LabelMatcher('__name__', '=', name)];
    for (const [label, value] of Object.entries(labels)) {
      matchers.push(new LabelMatcher(label, '=', String(value)));
    }
    const series = await this.store.select({ matchers, fromMs, toMs });
    return Object.fromEntries(series.map((it) => [String(it.labels), it]));
  }
}
