import { absorb } from '../../kernel/hooks.js';
import { faultComponents, type FaultSink } from '../../kernel/faults.js';
import { foldReport } from '../cardinality/fold-report.js';
import { healthMetrics } from '../catalogue/health.js';
import { selfMetrics } from '../catalogue/self.js';
import type { CounterSeries } from '../instruments/counter.js';
import type { MetricRegistry } from '../registry.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from './catalogue-instruments.js';

/** Export results of one exporter. */
export interface ExportRecord {
  readonly successes: number;
  readonly failures: number;
  /** Unix time of the last success in milliseconds; absent when there was none. */
  readonly lastSuccessMs?: number;
  /** Unix time of the last failure in milliseconds; absent when there was none. */
  readonly lastFailureMs?: number;
  /** Outcome of the last export; absent when there was none. */
  readonly lastOutcome?: 'success' | 'failure';
}

/** Log of export results by exporter. */
export class ExportLog {
  readonly #wallMs: () => number;
  readonly #byName = new Map<string, ExportRecord>();

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** Adds an exporter that has not exported yet. */
  expect(exporter: string): void {
    if (!this.#byName.has(exporter)) this.#byName.set(exporter, { successes: 0, failures: 0 });
  }

  /** Records the end of an export. */
  ended(exporter: string, outcome: 'success' | 'failure'): void {
    const before = this.#byName.get(exporter) ?? { successes: 0, failures: 0 };
    const nowMs = this.#wallMs();
    const after =
      outcome === 'success'
        ? { ...before, successes: before.successes + 1, lastSuccessMs: nowMs }
        : { ...before, failures: before.failures + 1, lastFailureMs: nowMs };
    this.#byName.set(exporter, { ...after, lastOutcome: outcome });
  }

  /** Returns the exporters whose last export failed. */
  failing(): readonly string[] {
    return this.list()
      .filter(([, { lastOutcome }]) => lastOutcome === 'failure')
      .map(([exporter]) => exporter);
  }

  /** Returns the records of all exporters. */
  list(): readonly (readonly [exporter: string, record: ExportRecord])[] {
    return [...this.#byName];
  }
}

/** Log of what the library does. */
interface EventLog {
  /** @param message - Evaluated only when the topic is enabled. */
  log(topic: 'exports' | 'cardinality', message: () => string): void;
}

/** Build information and log functions for the {@link SelfMetrics}. */
export interface SelfDescription {
  /** Labels of `build_info`. */
  readonly versions: { readonly version: string; readonly node_version: string };
  /** Logs a warning for the operator of the application. */
  warn(message: string): void;
  /** Returns the Unix time in milliseconds. @defaultValue 0, so export times are unknown */
  wallMs?(): number;
  /** Debug log. */
  readonly debug?: EventLog | undefined;
}

/** Recorder of the metrics about the library itself. */
export class SelfMetrics implements FaultSink {
  readonly #registry: MetricRegistry;
  readonly #instruments;
  readonly #warn: (message: string) => void;
  readonly #debug: EventLog | undefined;
  readonly #counted = new Set<string>();
  readonly #foldedSeries = new Map<string, CounterSeries>();
  /** Export results by exporter. */
  readonly exports: ExportLog;

  constructor(registry: MetricRegistry, { namespace }: CatalogueNaming, self: SelfDescription) {
    this.#registry = registry;
    this.#warn = (message) => {
      try {
        absorb(self.warn(message));
      } catch {
        // A logger that throws must not reach the call that is being recorded.
      }
    };
    this.#debug = self.debug;
    this.exports = new ExportLog(() => self.wallMs?.() ?? 0);
    this.#instruments = registerCatalogue(registry, selfMetrics, { namespace });
    this.#instruments.build.labels(self.versions).set(1);
    this.expectFaults(...faultComponents);
    registry.onCollect(() => {
      for (const { definition, shownCount } of registry.metrics())
        this.#countSeries(definition.name, shownCount);
    });
  }

  /**
   * {@inheritDoc FaultSink.count}
   *
   * @param faults - Number of faults. @defaultValue 1
   */
  count(component: string, faults = 1): void {
    this.#instruments.faults.labels({ component }).inc(faults);
  }

  /** {@inheritDoc FaultSink.log} */
  log(message: string): void {
    this.#warn(message);
  }

  /** Creates the fault series of components at 0, so that the first fault is visible as an increase. */
  expectFaults(...components: readonly string[]): void {
    for (const component of components) this.#instruments.faults.labels({ component });
  }

  /** Counts a lookup that a series limit redirected to `__other__`, and warns once per metric. */
  folded(metric: string): void {
    // Folding of the counter itself cannot be counted.
    if (metric === this.#instruments.folded.definition.name) return;
    const series = this.#foldedSeries.get(metric) ?? this.#beginFolding(metric);
    series.inc();
    this.#debug?.log('cardinality', () => `${metric}: recorded as __other__`);
  }

  /** Creates the export series of an exporter at 0, so that the first failure is visible as an increase. */
  expectExports(exporter: string): void {
    this.exports.expect(exporter);
    this.expectFaults(exporter);
    for (const outcome of ['success', 'failure']) {
      this.#instruments.exports.labels({ exporter, outcome });
      this.#instruments.exportDuration.labels({ exporter, outcome });
    }
  }

  /** Records an export. */
  exported(exporter: string, outcome: 'success' | 'failure', durationSeconds: number): void {
    this.#instruments.exports.labels({ exporter, outcome }).inc();
    this.#instruments.exportDuration.labels({ exporter, outcome }).observe(durationSeconds);
    this.exports.ended(exporter, outcome);
    this.#debug?.log('exports', () => `${exporter}: ${outcome} after ${durationSeconds} s`);
  }

  /** A metric that has never had a series takes no series here either. */
  #countSeries(metric: string, count: number): void {
    if (count === 0 && !this.#counted.has(metric)) return;
    this.#counted.add(metric);
    this.#instruments.series.labels({ metric }).set(count);
  }

  #beginFolding(metric: string): CounterSeries {
    const series = this.#instruments.folded.labels({ metric });
    this.#foldedSeries.set(metric, series);
    const instrument = this.#registry.find(metric);
    if (instrument !== undefined) this.#warn(foldReport(instrument));
    return series;
  }
}

const VALUES = { ok: 1, degraded: 0.5, down: 0 } as const;

/** Records health check results as metrics. */
export class HealthMetrics {
  readonly #instruments: CatalogueInstruments<typeof healthMetrics>;

  constructor(registry: MetricRegistry, { namespace }: CatalogueNaming) {
    this.#instruments = registerCatalogue(registry, healthMetrics, { namespace });
  }

  /** Records the result of a health check. */
  answered(check: string, level: keyof typeof VALUES, seconds: number): void {
    this.#instruments.status.labels({ check }).set(VALUES[level]);
    this.#instruments.duration.labels({ check }).observe(seconds);
  }
}
