import type { PromClientMetric } from '../../../metrics/aggregation/sampled-metric.js';
import type { Faults } from '../../../kernel/faults.js';
import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';
import type { MetricRegistry } from '../../../metrics/registry.js';
import type { MetricSnapshot, RegistrySnapshot } from '../../../metrics/snapshot/snapshot.js';
import { promClientSamples } from './prom-client.format.js';
import type { Labels } from '../format/sample.format.js';

/** The part of a prom-client `Registry` that is written to. */
export interface WritableRegistry {
  registerMetric(metric: MirroredMetric): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

/** What is mirrored, and where. */
export interface MirrorDeps {
  readonly registry: MetricRegistry;
  readonly target: WritableRegistry;
  readonly globalLabels: Labels;
  readonly faults: Faults;
}

/** A metric of ours as a registry of prom-client holds it. */
export class MirroredMetric {
  /** Not read-only: for OpenMetrics, prom-client takes `_total` off and adds it to the samples. */
  name: string;
  readonly help: string;
  readonly type: string;
  /** How prom-client's AggregatorRegistry makes one number of those of several workers. */
  readonly aggregator: string;
  readonly #read: () => PromClientMetric['values'];

  constructor(definition: MetricDefinition, read: () => PromClientMetric['values']) {
    this.name = definition.name;
    this.help = definition.help;
    this.type = definition.type;
    this.aggregator = aggregatorOf(definition);
    this.#read = read;
  }

  /** The values now. */
  async get(): Promise<PromClientMetric> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.#read() };
  }

  /** `resetMetrics()` is for the application's own: what is recorded here is read elsewhere too. */
  reset(): void {
    // Nothing is taken back.
  }
}

/** Shows all metrics of a registry, those that are registered later as well, in one of prom-client's. */
export class PromClientMirror {
  readonly #parts: MirrorDeps;
  readonly #mirrored = new Map<string, MirroredMetric>();
  #snapshot: ReadonlyMap<string, MetricSnapshot> | undefined;
  #open = true;

  constructor(parts: MirrorDeps) {
    this.#parts = parts;
    parts.registry.onRegister(({ definition }) => this.#mirror(definition));
  }

  /** Takes all of them out. */
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

  /** prom-client asks for all metrics without a pause: they show one instant. */
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
  // It has no word for what was set last.
  return aggregation === 'last' ? 'first' : aggregation;
}
