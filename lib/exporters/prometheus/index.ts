export type { ExpositionKind } from './format/content-negotiation.format.js';
export type { Exposition } from './exposition.js';
export type { PlatformRequest, PlatformResponse } from '../../kernel/platform-response.js';
export { MetricsController } from './http/metrics.controller.js';
export { OPENMETRICS_CONTENT_TYPE } from './format/openmetrics-text.format.js';
export { prometheus, type PrometheusEndpoint } from './prometheus.js';
export { PrometheusExporter, type PrometheusSource } from './prometheus.exporter.js';
export { TEXT_CONTENT_TYPE } from './format/prometheus-text.format.js';
