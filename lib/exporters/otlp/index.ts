/**
 * The OTLP exporter of metrics, over HTTP with protobuf or JSON and over gRPC.
 *
 * @packageDocumentation
 */

export type { ResourceAttributes } from '../../otlp/resource-attributes.js';
export type {
  OtlpCompression,
  OtlpProtocol,
  OtlpTransportOptions,
} from '../../otlp/transport-options.js';
export type { HistogramKind, Temporality } from './encoding/metric-encoding.js';
export type { OtlpMetricsOptions } from './otlp-options.js';
export { otlp } from './otlp.js';
export {
  type MetricProducerOptions,
  ObservabilityMetricProducer,
} from './reader/metric-producer.js';
