import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from './catalogue-instruments.js';
import { healthMetrics } from '../catalogue/health.js';
import type { MetricRegistry } from '../registry.js';

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
