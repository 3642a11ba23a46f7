import { StandardVariables } from '../../options/standard-variables.js';
import type { ExporterContext, MetricsExporter } from '../port/metrics-exporter.js';
import { OtlpExporter } from './otlp.exporter.js';
import { assertOtlpOptions, type OtlpMetricsOptions } from './otlp-options.js';
import { createClient } from './otlp-client.js';
import { otlpSettings } from './otlp-settings.js';
import { resourceAttributes } from './reader/otel-resource.js';

/**
 * Sends all metrics to an OpenTelemetry collector or any other OTLP receiver. Requires
 * `@opentelemetry/exporter-metrics-otlp-proto`, or the package of another protocol. It does not
 * register a global `MeterProvider`.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { otlp } from '@eventcore/nestjs-observability/otlp';
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
  return Object.freeze({
    name,
    get exponentialHistograms() {
      // Variables that are ignored are reported when the exporter is opened.
      const variables = new StandardVariables(process.env, () => undefined);
      return otlpSettings(options, variables).histograms === 'exponential';
    },
    open: (context: ExporterContext) => open(options, context),
  });
}

async function open(options: OtlpMetricsOptions, context: ExporterContext): Promise<OtlpExporter> {
  const { application, report } = context;
  const variables = new StandardVariables(process.env, (message) => report(new Error(message)));
  const settings = otlpSettings(options, variables);
  const resource = resourceAttributes(application, options.resource ?? {}, variables);
  const created = await createClient({ settings, resource, report });
  return new OtlpExporter({ ...created, ...settings, context });
}
