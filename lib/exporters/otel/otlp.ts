import type { ExporterContext, MetricsExporter } from '../../metrics/metrics-exporter.js';
import { OtlpExporter } from './otlp.exporter.js';
import { assertOtlpOptions, type OtlpMetricsOptions } from './otlp-options.js';
import { createClient } from './otlp-peers.js';
import { resourceAttributes, resourceOf } from './otel-resource.js';

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Sends all metrics to an OpenTelemetry collector, or whatever else takes OTLP. Needs
 * `@opentelemetry/exporter-metrics-otlp-proto`, or the package of another protocol. The global `MeterProvider` is left alone.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { otlp } from '@eventcore/nestjs-observability/otel';
 *
 * export const observability = ObservabilityModule.forRoot({
 *   serviceName: 'shop',
 *   exporters: [otlp({ endpoint: 'http://collector:4318', compression: 'gzip' })],
 * });
 * ```
 */
export function otlp(options: OtlpMetricsOptions = {}): MetricsExporter {
  assertOtlpOptions(options);
  const { name = 'otlp_metrics' } = options;
  return Object.freeze({ name, open: (context: ExporterContext) => open(options, context) });
}

async function open(
  options: OtlpMetricsOptions,
  { application, startedAtMs }: ExporterContext,
): Promise<OtlpExporter> {
  const { intervalMs = DEFAULT_INTERVAL_MS, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const created = await createClient(options, timeoutMs);
  const isDelta = created.client.selectAggregationTemporality('COUNTER') === 0;
  return new OtlpExporter({
    ...created,
    temporality: isDelta ? 'delta' : 'cumulative',
    resource: resourceOf(resourceAttributes(application, options.resource ?? {}, process.env)),
    startedAtMs,
    intervalMs,
    timeoutMs,
  });
}
