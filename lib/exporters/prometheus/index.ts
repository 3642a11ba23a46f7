export type { ExpositionKind } from './format/content-negotiation.format.js';
export type { Exposition } from './exposition.js';
export {
  MetricsController,
  type PlatformRequest,
  type PlatformResponse,
} from './http/metrics.controller.js';
export { OPENMETRICS_CONTENT_TYPE } from './format/openmetrics-text.format.js';
export { prometheus, type PrometheusEndpoint } from './prometheus.js';
export { PrometheusExporter, type PrometheusSource } from './prometheus.exporter.js';
export { TEXT_CONTENT_TYPE } from './format/prometheus-text.format.js';
