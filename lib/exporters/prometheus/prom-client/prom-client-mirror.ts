import type { PromClientMetric } from '../../../metrics/aggregation/sampled-metric.js';
import { sharedSymbol } from '../../../kernel/peers/process-state.js';
import type { Faults } from '../../../kernel/faults.js';
import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';
import type { MetricRegistry } from '../../../metrics/registry.js';
import type { MetricSnapshot, RegistrySnapshot } from '../../../metrics/snapshot/snapshot.js';
import { promClientSamples } from './prom-client.format.js';
import type { Labels } from '../format/sample.format.js';

/** Part of a prom-client `Registry` that the mirror writes to. */
export interface WritableRegistry {
  registerMetric(metric: MirroredMetric): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/** Source and target of a mirror. */
export interface MirrorDeps {
  readonly registry: MetricRegistry;
  readonly target: WritableRegistry;
  readonly globalLabels: Labels;
  readonly faults: Faults;
}

const MIRRORED: unique symbol = sharedSymbol('mirrored-metric') as never;

/** Metric of the application in the form of a prom-client metric. */
export class MirroredMetric {
  /** Not read-only, because prom-client strips `_total` for OpenMetrics and adds it to the samples. */
  name: string;
  readonly help: string;
  readonly type: string;
  /** Aggregation across workers in prom-client's `AggregatorRegistry`. */
  readonly aggregator: string;
  readonly [MIRRORED] = true;
  readonly #read: () => PromClientMetric['values'];

  constructor(definition: MetricDefinition, read: () => PromClientMetric['values']) {
    this.name = definition.name;
    this.help = definition.help;
    this.type = definition.type;
    this.aggregator = aggregatorOf(definition);
    this.#read = read;
  }

  /** Recognizes the metrics that any copy of this package has mirrored. */
  static [Symbol.hasInstance](metric: unknown): metric is MirroredMetric {
    return (metric as Partial<MirroredMetric> | null | undefined)?.[MIRRORED] === true;
  }

  /** Returns the current values. */
  async get(): Promise<PromClientMetric> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.#read() };
  }

  /**
   * Does nothing: `resetMetrics()` resets the application's own metrics, while other exporters also
   * read these values.
   */
  reset(): void {
    // Values are never reset.
  }
}

/** Mirrors all metrics of a registry, including those registered later, to a prom-client registry. */
export class PromClientMirror {
  readonly #parts: MirrorDeps;
  readonly #mirrored = new Map<string, MirroredMetric>();
  #snapshot: ReadonlyMap<string, MetricSnapshot> | undefined;
  #open = true;

  constructor(parts: MirrorDeps) {
    this.#parts = parts;
    parts.registry.onRegister(({ definition }) => this.#mirror(definition));
  }

  /** Removes all mirrored metrics. */
  close(): void {
    const { target } = this.#parts;
    this.#open = false;
    for (const [name, metric] of this.#mirrored) {
      if (target.getSingleMetric(name) === metric) target.removeSingleMetric(name);
    }
    this.#mirrored.clear();
  }

  #mirror(definition: MetricDefinition): void {
    if (!this.#open) return;
    const { target, faults, globalLabels } = this.#parts;
    const metric = new MirroredMetric(definition, () => {
      const snapshot = this.#takeSnapshot().get(definition.name);
      return snapshot === undefined ? [] : promClientSamples(snapshot, globalLabels);
    });
    try {
      target.registerMetric(metric);
      this.#mirrored.set(definition.name, metric);
    } catch (error) {
      faults.report('prometheus', error);
    }
  }

  /** Takes one snapshot for all metrics, because prom-client reads all of them synchronously. */
  #takeSnapshot(): ReadonlyMap<string, MetricSnapshot> {
    if (this.#snapshot === undefined) {
      queueMicrotask(() => (this.#snapshot = undefined));
      this.#snapshot = byName(this.#parts.registry.snapshot());
    }
    return this.#snapshot;
  }
}

function byName({ metrics }: RegistrySnapshot): ReadonlyMap<string, MetricSnapshot> {
  return new Map(metrics.map((it) => [it.definition.name, it]));
}

function aggregatorOf({ aggregation = 'sum' }: MetricDefinition): string {
  // prom-client has no aggregation for the last value.
  return aggregation === 'last' ? 'first' : aggregation;
}
