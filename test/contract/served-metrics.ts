import type { ExpositionKind } from '../../lib/exporters/prometheus/format/content-negotiation.format.js';
import { PrometheusExporter } from '../../lib/exporters/prometheus/prometheus.exporter.js';
import type { Clock } from '../../lib/kernel/clock.js';
import { Faults } from '../../lib/kernel/faults.js';
import type { MetricRegistry } from '../../lib/metrics/registry.js';
import type { RegistrySnapshot } from '../../lib/metrics/snapshot/snapshot.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

interface ServedOptions {
  readonly globalLabels?: Readonly<Record<string, string>>;
  readonly kind?: ExpositionKind;
  /** Whether OpenMetrics has a line for the time at which a series began to count. */
  readonly created?: boolean;
  readonly clock?: Clock;
}

/** The endpoint of an application without its HTTP: what it renders are the bytes that a scraper receives. */
export class ServedMetrics {
  readonly #exporter: PrometheusExporter;
  readonly #kind: ExpositionKind;

  constructor(registry: MetricRegistry, options: ServedOptions = {}) {
    const { globalLabels = {}, kind = 'text', created = false } = options;
    const { clock = new ManualClock() } = options;
    const self = { exported: () => undefined, expectExports: () => undefined } as never;
    const faults = new Faults(clock);
    this.#exporter = new PrometheusExporter({ registry, self, clock, faults, globalLabels });
    this.#exporter.configure({ exemplars: true, created });
    this.#kind = kind;
  }

  /** @param snapshot - What is shown. @defaultValue one that is taken now */
  async text(snapshot?: RegistrySnapshot): Promise<string> {
    this.#exporter.gatherBy(async () => snapshot && { snapshot, sampled: [] });
    return (await this.#exporter.expose(this.#kind)).text();
  }
}

/** The metrics of a registry as its endpoint serves them. */
export function servedText(registry: MetricRegistry, options?: ServedOptions): Promise<string> {
  return new ServedMetrics(registry, options).text();
}
