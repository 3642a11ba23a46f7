import type { DebugLog } from '../../kernel/debug-log.js';
import type { FaultSink } from '../../kernel/faults.js';
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

/** How the exports of one exporter went. */
export interface ExportRecord {
  readonly successes: number;
  readonly failures: number;
  /** Unix time in milliseconds; absent when there was none. */
  readonly lastSuccessMs?: number;
  /** Unix time in milliseconds; absent when there was none. */
  readonly lastFailureMs?: number;
  /** How the last one went; absent when there was none. */
  readonly lastOutcome?: 'success' | 'failure';
}

/** Remembers how exports went, by exporter. */
export class ExportLog {
  readonly #wallMs: () => number;
  readonly #byName = new Map<string, ExportRecord>();

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** An exporter that has not exported yet. */
  expect(exporter: string): void {
    if (!this.#byName.has(exporter)) this.#byName.set(exporter, { successes: 0, failures: 0 });
  }

  /** An export ended. */
  ended(exporter: string, outcome: 'success' | 'failure'): void {
    const before = this.#byName.get(exporter) ?? { successes: 0, failures: 0 };
    const nowMs = this.#wallMs();
    const after =
      outcome === 'success'
        ? { ...before, successes: before.successes + 1, lastSuccessMs: nowMs }
        : { ...before, failures: before.failures + 1, lastFailureMs: nowMs };
    this.#byName.set(exporter, { ...after, lastOutcome: outcome });
  }

  /** Those whose last export failed. */
  failing(): readonly string[] {
    return this.list()
      .filter(([, { lastOutcome }]) => lastOutcome === 'failure')
      .map(([exporter]) => exporter);
  }

  /** All exporters. */
  list(): readonly (readonly [exporter: string, record: ExportRecord])[] {
    return [...this.#byName];
  }
}

/** What the library knows about its surroundings. */
export interface SelfDescription {
  /** Labels of `build_info`. */
  readonly versions: { readonly version: string; readonly node_version: string };
  /** Takes a warning for whoever runs the application. */
  warn(message: string): void;
  /** Unix time, milliseconds. @defaultValue none: when exports ended is not remembered */
  wallMs?(): number;
  /** Lines for whoever looks for a mistake. */
  readonly debug?: DebugLog | undefined;
}

/** What the library says about itself. */
export class SelfMetrics implements FaultSink {
  readonly #registry: MetricRegistry;
  readonly #instruments;
  readonly #warn: (message: string) => void;
  readonly #debug: DebugLog | undefined;
  readonly #foldedSeries = new Map<string, CounterSeries>();
  /** How exports went. */
  readonly exports: ExportLog;

  constructor(registry: MetricRegistry, { namespace }: CatalogueNaming, self: SelfDescription) {
    this.#registry = registry;
    this.#warn = (message) => self.warn(message);
    this.#debug = self.debug;
    this.exports = new ExportLog(() => self.wallMs?.() ?? 0);
    this.#instruments = registerCatalogue(registry, selfMetrics, { namespace });
    this.#instruments.build.labels(self.versions).set(1);
    registry.onCollect(() => {
      for (const { definition, seriesCount } of registry.list()) {
        this.#instruments.series.labels({ metric: definition.name }).set(seriesCount);
      }
    });
  }

  /** {@inheritDoc FaultSink.count} @param faults - How many. @defaultValue 1 */
  count(component: string, faults = 1): void {
    this.#instruments.faults.labels({ component }).inc(faults);
  }

  /** {@inheritDoc FaultSink.log} */
  log(message: string): void {
    this.#warn(message);
  }

  /** Counts a look-up that a series limit turned away, and warns about the metric once. */
  folded(metric: string): void {
    // Of the counter itself there is nowhere left to tell.
    if (metric === this.#instruments.folded.definition.name) return;
    const series = this.#foldedSeries.get(metric) ?? this.#beginFolding(metric);
    series.inc();
    this.#debug?.log('cardinality', () => `${metric}: a look-up went to __other__`);
  }

  /** Shows an exporter with 0 exports, so that the first failure is an increase. */
  expectExports(exporter: string): void {
    this.exports.expect(exporter);
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

  #beginFolding(metric: string): CounterSeries {
    const series = this.#instruments.folded.labels({ metric });
    this.#foldedSeries.set(metric, series);
    const instrument = this.#registry.get(metric);
    if (instrument !== undefined) this.#warn(foldReport(instrument));
    return series;
  }
}

const VALUES = { ok: 1, degraded: 0.5, down: 0 } as const;

/** Turns answers of health checks into metrics. */
export class HealthMetrics {
  readonly #instruments: CatalogueInstruments<typeof healthMetrics>;

  constructor(registry: MetricRegistry, { namespace }: CatalogueNaming) {
    this.#instruments = registerCatalogue(registry, healthMetrics, { namespace });
  }

  /** Records an answer. */
  answered(check: string, level: keyof typeof VALUES, seconds: number): void {
    this.#instruments.status.labels({ check }).set(VALUES[level]);
    this.#instruments.duration.labels({ check }).observe(seconds);
  }
}
