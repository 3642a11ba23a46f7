import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import type {
  ExporterContext,
  MetricsExporter,
  PullExporter,
} from '../../metrics/metrics-exporter.js';
import { snapshotDelta } from '../../metrics/snapshot-delta.js';
import type { RegistrySnapshot } from '../../metrics/snapshot.js';
import type { Temporality } from './otel-metrics.format.js';
import { resourceAttributes, resourceMetrics, resourceOf } from './otel-resource.js';

/** Options of {@link ObservabilityMetricProducer}. */
export interface MetricProducerOptions {
  /**
   * `delta` counts from one `collect()` to the next: for one reader only, and what its exporter does not deliver is lost.
   * @defaultValue 'cumulative'
   */
  readonly temporality?: Temporality;
}

/** An application that has the producer among its `exporters`. */
interface Attached {
  readonly context: ExporterContext;
  /** Readers put the resource of their own provider in its place. */
  readonly resource: CollectionResult['resourceMetrics']['resource'];
  collected: RegistrySnapshot | undefined;
}

/**
 * Hands all metrics of an application to a reader of the OpenTelemetry SDK, beside the metrics of its own `MeterProvider`.
 * Make it where the reader is made, and name it in the option `exporters`. Of several applications that do at the same
 * time, the last one started is read.
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { ObservabilityMetricProducer } from '@eventcore/nestjs-observability/otel';
 * import {
 *   ConsoleMetricExporter,
 *   MeterProvider,
 *   PeriodicExportingMetricReader,
 * } from '@opentelemetry/sdk-metrics';
 *
 * const producer = new ObservabilityMetricProducer();
 * const reader = new PeriodicExportingMetricReader({
 *   exporter: new ConsoleMetricExporter(),
 *   metricProducers: [producer],
 * });
 * export const meterProvider = new MeterProvider({ readers: [reader] });
 * export const observability = ObservabilityModule.forRoot({ exporters: [producer] });
 * ```
 */
export class ObservabilityMetricProducer implements MetricProducer, MetricsExporter {
  /** Always `metric_producer`. */
  readonly name = 'metric_producer';
  readonly #temporality: Temporality;
  readonly #attached: Attached[] = [];

  constructor({ temporality = 'cumulative' }: MetricProducerOptions = {}) {
    this.#temporality = temporality;
  }

  /** {@inheritDoc MetricsExporter.open} */
  open(context: ExporterContext): PullExporter {
    const resource = resourceOf(resourceAttributes(context.application, {}, {}));
    const attached: Attached = { context, resource, collected: undefined };
    this.#attached.push(attached);
    return {
      close: () => {
        const index = this.#attached.indexOf(attached);
        if (index >= 0) this.#attached.splice(index, 1);
      },
    };
  }

  /** All values now; nothing while no application is running. Never rejects: faults are in `errors`. */
  async collect(): Promise<CollectionResult> {
    const attached = this.#attached.at(-1);
    try {
      return { resourceMetrics: this.#read(attached), errors: [] };
    } catch (error) {
      return { resourceMetrics: { resource: resourceOf({}), scopeMetrics: [] }, errors: [error] };
    }
  }

  #read(attached: Attached | undefined): CollectionResult['resourceMetrics'] {
    if (attached === undefined) return { resource: resourceOf({}), scopeMetrics: [] };
    const { context, collected, resource } = attached;
    const snapshot = context.read();
    const temporality = this.#temporality;
    if (temporality === 'cumulative') {
      return resourceMetrics(snapshot, { temporality, sinceMs: context.startedAtMs }, resource);
    }
    attached.collected = snapshot;
    const sinceMs = collected?.takenAtMs ?? context.startedAtMs;
    const delta = snapshotDelta(snapshot, collected);
    return resourceMetrics(delta, { temporality, sinceMs }, resource);
  }
}
