import 'reflect-metadata';
import { startTelemetry } from '@eventcore/nestjs-observability/tracing';

// Before Nest and what is traced in it are loaded. Where spans go is said by the variables of OpenTelemetry.
// A configuration file has them in its section telemetry.
if (!process.env['OBSERVABILITY_CONFIG_FILE']) {
  const wanted = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_TRACES_EXPORTER'];
  const enabled = process.env['OTEL'] === '1' || wanted.some((it) => process.env[it]);
  await startTelemetry({ serviceName: 'shop', enabled });
}
await import('./shop.js');
