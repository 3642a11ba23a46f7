import { AlertEngine } from '../../../lib/alerts/engine/alert-engine.js';
import type { SharedState } from '../../../lib/alerts/engine/engine-storage.js';
import { sourceOf } from '../../../lib/alerts/trial/rule-trial.js';
import { seriesOf } from '../../../lib/alerts/trial/series-notation.js';
import type {
  AlertingOptions,
  AlertNotification,
  AlertReceiver,
} from '../../../lib/alerting/index.js';
import { Faults } from '../../../lib/kernel/faults.js';
import { MetricRegistry } from '../../../lib/metrics/registry.js';
import type { MetricHistory, SeriesSource } from '../../../lib/query/index.js';
import { settled } from '../kernel/settled.js';
import { ManualTimers } from '../../../lib/testing/manual-timers.js';

/** Values of a series every 15 seconds, in the notation of promtool. */
export type Values = Readonly<Record<string, string>>;

const STEP_MS = 15_000;

/** A receiver that remembers what it got, and fails while it is told to. */
export class Inbox {
  readonly notifications: AlertNotification[] = [];
  attempts = 0;
  failure: Error | undefined;

  receiver(name = 'inbox', more: Partial<AlertReceiver> = {}): AlertReceiver {
    return {
      name,
      ...more,
      open: () => ({
        send: async (notification) => {
          this.attempts++;
          if (this.failure !== undefined) throw this.failure;
          this.notifications.push(notification);
        },
      }),
    };
  }

  /** Status, alerts and their states of each notification. */
  get told(): readonly string[] {
    return this.notifications.map(({ status, alerts }) =>
      [status, ...alerts.map((it) => `${it.name}:${it.status}`)].join(' '),
    );
  }
}

/** An engine on given series, with a clock and timers of the test. */
export class TrialEngine {
  readonly timers = new ManualTimers();
  readonly faults: unknown[] = [];
  readonly registry: MetricRegistry;
  readonly engine: AlertEngine;
  directory: string | undefined;
  /** Series that the engine adds to those that can be queried. */
  joined: SeriesSource | undefined;

  constructor(
    options: AlertingOptions,
    values: Values,
    { afterMs = 0, source }: { readonly afterMs?: number; readonly source?: SeriesSource } = {},
  ) {
    const { clock } = this.timers;
    clock.advance(afterMs);
    this.registry = new MetricRegistry({ clock, faults: new Faults(clock), seriesLimit: 1_000 });
    const directory = () => this.directory;
    const history = {
      get directory() {
        return directory();
      },
      recorded: source ?? this.#sourceOf(values),
      isOpen: true,
      join: (source: SeriesSource | undefined) => (this.joined = source),
    };
    this.engine = new AlertEngine(history as unknown as MetricHistory, {
      shipped: false,
      ...options,
    });
  }

  async start(isLeader?: () => boolean, shared?: SharedState): Promise<this> {
    await this.engine.start({
      ...{ clock: this.timers.clock, timers: this.timers, namespace: 'eventcore' },
      ...{ serviceName: 'shop', registry: this.registry },
      ...(isLeader && { isLeader }),
      shared,
      report: (error) => this.faults.push(error),
    });
    await this.engine.begin();
    await settled();
    return this;
  }

  /** Lets time pass, step by step, so that evaluations end. */
  async pass(seconds: number): Promise<void> {
    for (let left = seconds * 1_000; left > 0; left -= STEP_MS) {
      await this.timers.advance(Math.min(left, STEP_MS));
      for (let i = 0; i < 4; i++) await settled();
    }
  }

  /** Value of a counter or gauge; `undefined` without the series. */
  metric(name: string, labels: Readonly<Record<string, string>>): number | undefined {
    const metric = this.registry.snapshot().metrics.find((it) => it.definition.name === name);
    for (const { labelSets, values } of metric?.blocks ?? []) {
      const wanted = (metric?.definition.labels ?? []).map((it) => labels[it]);
      const at = labelSets.findIndex((it) => it.every((value, i) => value === wanted[i]));
      if (at !== -1) return values[at];
    }
    return undefined;
  }

  #sourceOf(values: Values) {
    const startMs = this.timers.clock.wallMs();
    const series = Object.entries(values).map(([name, text]) =>
      seriesOf(name, text, { startMs, intervalMs: STEP_MS }),
    );
    return sourceOf(series);
  }
}
