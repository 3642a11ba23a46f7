import assert from 'node:assert/strict';
import { Faults } from '../kernel/faults.js';
import type { Counter } from '../metrics/instruments/counter.js';
import type { MetricsExporter, PushExporter } from '../exporters/port/metrics-exporter.js';
import { MetricRegistry } from '../metrics/registry.js';
import { ManualClock } from './manual-clock.js';

const PATIENCE_MS = 5_000;

/** Behaviour of the target of an exporter: accepts everything, refuses immediately, or never answers. */
export type TargetState = 'taking' | 'refusing' | 'hanging';

/** Exporter with a separate target, for one contract case. */
export interface ExporterHarness {
  /** The exporter. */
  readonly exporter: MetricsExporter;
  /** Sets the behaviour of the target. Initially it accepts everything. */
  target(state: TargetState): void | Promise<void>;
  /**
   * Returns the count that the target received for the counter `contract_things_total` with the label `kind` = `a`. The
   * value may change after the export, because a datagram may arrive later.
   */
  counted(): number | Promise<number>;
  /** Closes the target. */
  close?(): void | Promise<void>;
}

/** Opened exporter with metrics of every type. */
export class ExporterTrial {
  readonly harness: ExporterHarness;
  readonly exporter: PushExporter;
  readonly registry: MetricRegistry;
  readonly things: Counter<'kind'>;
  readonly #clock: ManualClock;

  private constructor(
    harness: ExporterHarness,
    exporter: PushExporter,
    { clock, registry }: { readonly clock: ManualClock; readonly registry: MetricRegistry },
  ) {
    this.harness = harness;
    this.exporter = exporter;
    this.#clock = clock;
    this.registry = registry;
    this.things = this.registry.counter({
      name: 'contract_things_total',
      help: 'Things.',
      labels: ['kind'],
    });
    this.#registerOthers();
  }

  static async open(harness: ExporterHarness): Promise<ExporterTrial> {
    const clock = new ManualClock();
    const registry = new MetricRegistry({ clock, faults: new Faults(clock), seriesLimit: 100 });
    const exporter = await harness.exporter.open({
      application: {
        serviceName: 'contract',
        serviceVersion: '1.0.0',
        environment: 'test',
        labels: { team: 'a' },
      },
      startedAtMs: clock.wallMs(),
      clock,
      read: () => registry.snapshot(),
      onSeriesEnd: (listen) => registry.onSeriesEnd(listen),
      report: (error) => {
        throw error;
      },
    });
    assert(exporter.export !== undefined, 'the contract is that of exporters that send');
    return new ExporterTrial(harness, exporter, { clock, registry });
  }

  count(amount: number): void {
    this.things.labels({ kind: 'a' }).inc(amount);
  }

  /** Exports the current values, with the time limit of the exporter. */
  async export(signal: AbortSignal = new AbortController().signal): Promise<void> {
    this.#clock.advance(1000);
    await this.exporter.export(this.registry.snapshot(), signal);
  }

  async assertCounted(expected: number): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    let counted = await this.harness.counted();
    while (counted !== expected && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      counted = await this.harness.counted();
    }
    assert.equal(counted, expected, 'what the target has counted');
  }

  #registerOthers(): void {
    const awkward = 'a "b"\\\n|#,:\u0000 ä 😀';
    const gauge = { name: 'contract_level', help: 'Level.', labels: ['place'] };
    this.registry.gauge(gauge).labels({ place: awkward }).set(-1.5);
    const work = {
      name: 'contract_work_seconds',
      help: 'Work.',
      unit: 'seconds',
      labels: ['kind'],
    };
    const histogram = this.registry.histogram(work);
    histogram.labels({ kind: 'none yet' });
    for (const value of [0.0005, 0.3, 1e6]) histogram.labels({ kind: awkward }).observe(value);
    const large = { name: 'contract_large_total', help: 'Large.' };
    this.registry.counter(large).inc(2 ** 53 + 2);
  }
}
