import { type CatalogueNaming, registerCatalogue } from './catalogue-instruments.js';
import { selfMetrics } from './catalogue/self.js';
import type { MetricRegistry } from './registry.js';

/** What the library says about itself. */
export class SelfMetrics {
  readonly #instruments;

  /** @param versions - What runs, for `build_info`. */
  constructor(
    registry: MetricRegistry,
    { namespace }: CatalogueNaming,
    versions: { readonly version: string; readonly node_version: string },
  ) {
    this.#instruments = registerCatalogue(registry, selfMetrics, { namespace });
    this.#instruments.build.labels(versions).set(1);
    registry.onCollect(() => {
      for (const { definition, seriesCount } of registry.list()) {
        this.#instruments.series.labels({ metric: definition.name }).set(seriesCount);
      }
    });
  }

  /** Counts a fault of the library. */
  fault(component: string): void {
    this.#instruments.faults.labels({ component }).inc();
  }

  /** Counts a look-up that a series limit turned away. */
  folded(metric: string): void {
    this.#instruments.folded.labels({ metric }).inc();
  }

  /** Records an export. */
  exported(exporter: string, outcome: 'success' | 'failure', durationSeconds: number): void {
    this.#instruments.exports.labels({ exporter, outcome }).inc();
    this.#instruments.exportDuration.labels({ exporter, outcome }).observe(durationSeconds);
  }
}
