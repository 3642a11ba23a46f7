import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import { exposedNames } from '../../metrics/exposed-names.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import type { SelfMetrics } from '../../metrics/self-metrics.js';
import { formatPromClient } from './prom-client.format.js';
import type { PromClientSource } from './prom-client-registry.js';
import { formatSnapshot, type Labels } from './prometheus-text.format.js';

/** What the exporter reads. */
export interface PrometheusSource {
  /** The metrics. */
  readonly registry: MetricRegistry;
  /** Where the exporter records its own work. */
  readonly self: SelfMetrics;
  /** Source of time. */
  readonly clock: Clock;
  /** Where its faults go. */
  readonly faults: Faults;
  /** Labels that every series carries. */
  readonly globalLabels: Labels;
}

/** Renders `/metrics`. Scrapes that arrive while one is being rendered share it. */
export class PrometheusExporter {
  readonly #source: PrometheusSource;
  #promClient: PromClientSource | undefined;
  #rendering: Promise<string> | undefined;

  constructor(source: PrometheusSource) {
    this.#source = source;
  }

  /** Lets the application's prom-client metrics follow ours. */
  include(promClient: PromClientSource): void {
    this.#promClient = promClient;
  }

  /**
   * All metrics in the text format 0.0.4.
   *
   * @throws Whatever a collector of the application's prom-client registry throws.
   */
  render(): Promise<string> {
    this.#rendering ??= this.#renderMeasured().finally(() => {
      this.#rendering = undefined;
    });
    return this.#rendering;
  }

  async #renderMeasured(): Promise<string> {
    const { clock, self } = this.#source;
    const startedMs = clock.monotonicMs();
    const finish = (outcome: 'success' | 'failure') =>
      self.exported('prometheus', outcome, (clock.monotonicMs() - startedMs) / 1000);
    try {
      const text = await this.#renderAll();
      finish('success');
      return text;
    } catch (error) {
      finish('failure');
      this.#source.faults.report('prometheus', error);
      throw error;
    }
  }

  async #renderAll(): Promise<string> {
    const { registry, globalLabels } = this.#source;
    const foreign = (await this.#promClient?.read()) ?? [];
    const own = formatSnapshot(registry.snapshot(), globalLabels);
    const ours = registry.exposedNames();
    const [taken, free] = partition(foreign, (it) =>
      exposedNames(it).some((name) => ours.has(name)),
    );
    for (const { name } of taken) {
      this.#source.faults.report(
        'prometheus',
        new Error(`prom-client defines ${name} as well; left out`),
      );
    }
    return own + formatPromClient(free, globalLabels);
  }
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter((it) => !belongs(it))];
}
