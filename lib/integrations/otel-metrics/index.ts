/**
 * Metrics of the OpenTelemetry API on the page of the application.
 *
 * @packageDocumentation
 */

export type { MetricView, OtelView } from './metric-view.js';
export type { OtelMetricsOptions } from './metric-view.js';
export { otelMetrics } from './otel-metrics-plugin.js';
export { otelReader } from './otel-reader.js';
