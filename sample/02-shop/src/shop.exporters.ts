import { otlp } from '@eventcore/nestjs-observability/otlp';

/**
 * Ways for metrics to leave: `OTEL=1` sends them by OTLP, to where the variables of OpenTelemetry say, and `PROMETHEUS=0`
 * turns the page off. Without these variables there is the page only.
 */
export function shopExporters({ OTEL, PROMETHEUS }: NodeJS.ProcessEnv) {
  return {
    exporters: OTEL === '1' ? [otlp()] : [],
    ...(PROMETHEUS === '0' ? { prometheus: false as const } : {}),
  };
}
