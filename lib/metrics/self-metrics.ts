import type { FaultSink } from '../kernel/faults.js';
import { type CatalogueNaming, registerCatalogue } from './catalogue-instruments.js';
import { selfMetrics } from './catalogue/self.js';
import type { CounterSeries } from './counter.js';
import { foldReport } from './fold-report.js';
import type { MetricRegistry } from './registry.js';

/** What the library knows about its surroundings. */
export interface SelfDescription {
  /** Labels of `build_info`. */
  readonly versions: { readonly version: string; readonly node_version: string };
  /** Takes a warning for whoever runs the application. */
  warn(message: string): void;
}

/** What the library says about itself. */
export class SelfMetrics implements FaultSink {
  readonly #registry: MetricRegistry;
  readonly #instruments;
  readonly #warn: (message: string) => void;
  readonly #foldedSeries = new Map<string, CounterSeries>();

  constructor(registry: MetricRegistry, { namespace }: CatalogueNaming, self: SelfDescription) {
    this.#registry = registry;
    this.#warn = (message) => self.warn(message);
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
  }

  /** Shows an exporter with 0 exports, so that the first failure is an increase. */
  expectExports(exporter: string): void {
    for (const outcome of ['success', 'failure']) {
      this.#instruments.exports.labels({ exporter, outcome });
      this.#instruments.exportDuration.labels({ exporter, outcome });
    }
  }

  /** Records an export. */
  exported(exporter: string, outcome: 'success' | 'failure', durationSeconds: number): void {
    this.#instruments.exports.labels({ exporter, outcome }).inc();
    this.#instruments.exportDuration.labels({ exporter, outcome }).observe(durationSeconds);
  }

  #beginFolding(metric: string): CounterSeries {
    const series = this.#instruments.folded.labels({ metric });
    this.#foldedSeries.set(metric, series);
    const instrument = this.#registry.get(metric);
    if (instrument !== undefined) this.#warn(foldReport(instrument));
    return series;
  }
}
