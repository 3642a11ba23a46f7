export { MetricsController, type PlatformResponse } from './metrics.controller.js';
export { PrometheusExporter, type PrometheusSource } from './prometheus.exporter.js';
export { TEXT_CONTENT_TYPE } from './prometheus-text.format.js';
