import 'reflect-metadata';
import { startTelemetry } from '@eventcore/nestjs-observability/tracing';

// Before Nest and what is traced in it are loaded. Where spans go is said by the variables of OpenTelemetry.
// A configuration file has them in its section telemetry.
if (!process.env['OBSERVABILITY_CONFIG_FILE']) {
  const wanted = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_EXPORTER'];
  const exports = process.env['OTEL'] === '1' || wanted.some((it) => process.env[it]);
  const isDevelopment = process.env['NODE_ENV'] !== 'production';
  await startTelemetry({
    serviceName: 'shop',
    enabled: exports || isDevelopment,
    // The page shows the last traces, those that go nowhere too.
    traceStore: isDevelopment,
    ...(!exports && { exporter: 'none' as const }),
  });
}
await import('./shop.js');
