export type { HistogramKind, Temporality } from './encoding/metric-encoding.js';
export type { OtlpMetricsOptions, OtlpMetricsProtocol } from './otlp-options.js';
export { otlp } from './otlp.js';
export {
  type MetricProducerOptions,
  ObservabilityMetricProducer,
} from './reader/metric-producer.js';
export type { ResourceAttributes } from './reader/otel-resource.js';
