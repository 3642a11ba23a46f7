import type { MetricsExporter } from '../port/metrics-exporter.js';

/** The endpoint, as it stands among the exporters. */
export interface PrometheusEndpoint<O extends object = object> extends MetricsExporter {
  /** Options of the endpoint: those of the option `prometheus` of the module. */
  readonly endpoint: O;
}

/**
 * The endpoint of Prometheus among the exporters of an application. It is there without being named; naming it is another
 * way to give its options.
 *
 * @param options - As for the option `prometheus` of `forRoot()`, which is left out then. @defaultValue none
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { otlp } from '@eventcore/nestjs-observability/otel';
 * import { prometheus } from '@eventcore/nestjs-observability/prometheus';
 * import { statsd } from '@eventcore/nestjs-observability/statsd';
 *
 * export const observability = ObservabilityModule.forRoot({
 *   exporters: [prometheus({ path: '/internal/metrics' }), otlp(), statsd()],
 * });
 * ```
 */
export function prometheus<O extends object>(options?: O): PrometheusEndpoint<O> {
  return { name: 'prometheus', endpoint: options ?? ({} as O), open: () => ({}) };
}

/** Whether an exporter is the endpoint. */
export function isPrometheusEndpoint(exporter: unknown): exporter is PrometheusEndpoint {
  return typeof exporter === 'object' && exporter !== null && 'endpoint' in exporter;
}
