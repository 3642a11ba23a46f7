/**
 * The Prometheus endpoint: the exposition of the registry for servers and controllers of the application's own.
 *
 * @packageDocumentation
 */

export { Exposition } from './exposition.js';
export type { ExpositionKind } from './format/content-negotiation.format.js';
export { OPENMETRICS_CONTENT_TYPE } from './format/openmetrics-text.format.js';
export { TEXT_CONTENT_TYPE } from './format/prometheus-text.format.js';
export { MetricsController } from './http/metrics.controller.js';
export { PrometheusExporter } from './prometheus.exporter.js';
export type { PlatformRequest, PlatformResponse } from '../../kernel/platform-response.js';
