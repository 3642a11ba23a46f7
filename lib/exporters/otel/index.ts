export { type MetricProducerOptions, ObservabilityMetricProducer } from './metric-producer.js';
export type { HistogramKind, Temporality } from './expression.js';
export type { ResourceAttributes } from './otel-resource.js';
export { otlp } from './otlp.js';
export type { OtlpMetricsOptions, OtlpMetricsProtocol } from './otlp-options.js';
