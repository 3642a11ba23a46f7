import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import { StandardVariables } from '../../../options/standard-variables.js';
import { EndedSeriesLog, withEnded } from '../../../metrics/instruments/ended-series.js';
import type {
  ExporterContext,
  MetricsExporter,
  PullExporter,
} from '../../port/metrics-exporter.js';
import { snapshotDelta } from '../../../metrics/snapshot/snapshot-delta.js';
import type { RegistrySnapshot } from '../../../metrics/snapshot/snapshot.js';
import type { HistogramKind, Temporality } from '../encoding/metric-encoding.js';
import { resourceAttributes, resourceMetrics, resourceOf } from './otel-resource.js';

/** Options of {@link ObservabilityMetricProducer}. */
export interface MetricProducerOptions {
  /**
   * `delta` counts from one `collect()` to the next. It supports a single reader and loses what its
   * exporter does not deliver.
   * @defaultValue 'cumulative'
   */
  readonly temporality?: Temporality;
  /** `exponential` derives the buckets of all histograms from their values. @defaultValue 'explicit' */
  readonly histograms?: HistogramKind;
}

/** Empty, because the reader's own provider reads the variables. */
const noVariables = new StandardVariables({}, () => undefined);

/** Application that has the producer in its `exporters`. */
interface Attached {
  readonly context: ExporterContext;
  /** Placeholder that readers replace by the resource of their own provider. */
  readonly resource: CollectionResult['resourceMetrics']['resource'];
  /** Series removed since the previous collection. */
  readonly ended: EndedSeriesLog;
  collected: RegistrySnapshot | undefined;
}

/**
 * Provides all metrics of an application to a reader of the OpenTelemetry SDK, in addition to the
 * metrics of its own `MeterProvider`. Create it together with the reader and pass it to the option
 * `exporters`. If several applications use it at the same time, it reads the last one started.
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { ObservabilityMetricProducer } from '@eventcore/nestjs-observability/otlp';
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
  /** True if histograms are read with exponential buckets. */
  readonly exponentialHistograms: boolean;
  readonly #temporality: Temporality;
  readonly #histograms: HistogramKind;
  readonly #attached: Attached[] = [];

  constructor({ temporality = 'cumulative', histograms = 'explicit' }: MetricProducerOptions = {}) {
    this.#temporality = temporality;
    this.#histograms = histograms;
    this.exponentialHistograms = histograms === 'exponential';
  }

  /** {@inheritDoc MetricsExporter.open} */
  open(context: ExporterContext): PullExporter {
    const resource = resourceOf(resourceAttributes(context.application, {}, noVariables));
    const ended = new EndedSeriesLog(context.report);
    const attached: Attached = { context, resource, ended, collected: undefined };
    this.#attached.push(attached);
    const unlisten =
      this.#temporality === 'delta'
        ? context.onSeriesEnd((definition, series) => ended.add(definition, series))
        : undefined;
    return {
      close: () => {
        unlisten?.();
        const index = this.#attached.indexOf(attached);
        if (index >= 0) this.#attached.splice(index, 1);
      },
    };
  }

  /** Returns all current values; none while no application is running. Never rejects: faults are in `errors`. */
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
    const { context, collected, resource, ended } = attached;
    const snapshot = context.read();
    const temporality = this.#temporality;
    const histograms = this.#histograms;
    if (temporality === 'cumulative') {
      const sinceMs = context.startedAtMs;
      return resourceMetrics(snapshot, { temporality, sinceMs, histograms }, resource);
    }
    const gone = ended.notIn(snapshot);
    ended.settle(gone);
    attached.collected = snapshot;
    const sinceMs = collected?.takenAtMs ?? context.startedAtMs;
    const delta = snapshotDelta(withEnded(snapshot, gone), collected);
    return resourceMetrics(delta, { temporality, sinceMs, histograms }, resource);
  }
}
