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
   * `delta` counts from one `collect()` to the next: for one reader only, and what its exporter does not deliver is lost.
   * @defaultValue 'cumulative'
   */
  readonly temporality?: Temporality;
  /** `exponential`: buckets follow from the values, for all histograms. @defaultValue 'explicit' */
  readonly histograms?: HistogramKind;
}

/** The reader's own provider reads the variables. */
const noVariables = new StandardVariables({}, () => undefined);

/** An application that has the producer among its `exporters`. */
interface Attached {
  readonly context: ExporterContext;
  /** Readers put the resource of their own provider in its place. */
  readonly resource: CollectionResult['resourceMetrics']['resource'];
  /** Series that were removed since. */
  readonly ended: EndedSeriesLog;
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
  /** Whether the exponential buckets of histograms are read. */
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
