import type { CollectionResult, IMetricReader, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { PromClientMetric } from '../../metrics/aggregation/sampled-metric.js';
import { withinTime } from '../../kernel/time-limit.js';
import { meterSlot } from './meter-slot.js';
import { sampledMetrics } from './otel-samples.format.js';

// Enumeration values of the SDK, whose package is never imported.
const DEFAULT_AGGREGATION = { type: 0 };
const CUMULATIVE = 1;
const CARDINALITY_LIMIT = 2_000;
const CALLBACK_LIMIT_MS = 1_000;
const READ_LIMIT_MS = 5_000;

/**
 * Returns a reader that shows the metrics of an application's own `MeterProvider` on `/metrics`. Pass it when you create
 * the provider, and list the plugin {@link otelMetrics}. Their series limits and views are those of the provider.
 *
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api';
 * import { MeterProvider } from '@opentelemetry/sdk-metrics';
 * import { otelReader } from '@eventcore/nestjs-observability/otel-metrics';
 *
 * metrics.setGlobalMeterProvider(new MeterProvider({ readers: [otelReader()] }));
 * ```
 */
export function otelReader(): IMetricReader {
  const reader = new OtelReader();
  meterSlot().readers.push(reader);
  return reader as unknown as IMetricReader;
}

/** Reader of the OpenTelemetry SDK that is read with each scrape. */
class OtelReader {
  #producer: MetricProducer | undefined;

  setMetricProducer(producer: MetricProducer): void {
    if (this.#producer !== undefined) throw new Error('a reader belongs to one MeterProvider');
    this.#producer = producer;
  }

  selectAggregation(): typeof DEFAULT_AGGREGATION {
    return DEFAULT_AGGREGATION;
  }

  selectAggregationTemporality(): typeof CUMULATIVE {
    return CUMULATIVE;
  }

  selectCardinalityLimit(): number {
    return CARDINALITY_LIMIT;
  }

  async collect(options?: { readonly timeoutMillis?: number }): Promise<CollectionResult> {
    if (this.#producer === undefined) throw new Error('the reader belongs to no MeterProvider');
    return this.#producer.collect(options);
  }

  /** Returns the metrics in the form of those of prom-client. */
  async read(): Promise<readonly PromClientMetric[]> {
    if (this.#producer === undefined) return [];
    const collecting = this.collect({ timeoutMillis: CALLBACK_LIMIT_MS });
    const late = () => new Error(`a MeterProvider did not answer in ${READ_LIMIT_MS / 1000} s`);
    const { resourceMetrics } = await withinTime(collecting, { limitMs: READ_LIMIT_MS }, late);
    return sampledMetrics(resourceMetrics.scopeMetrics);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    const { readers } = meterSlot();
    const index = readers.indexOf(this);
    if (index >= 0) readers.splice(index, 1);
  }
}
