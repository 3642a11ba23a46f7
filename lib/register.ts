/**
 * Starts tracing before anything else is loaded: from the section `telemetry` of the file that
 * `OBSERVABILITY_CONFIG_FILE` names, or from the standard variables of OpenTelemetry alone.
 *
 * ```sh
 * OTEL_SERVICE_NAME=shop node --import @eventcore/nestjs-observability/register dist/main.js
 * ```
 *
 * A process that ends by itself exports what is queued first. One that is ended by a signal does so through the module,
 * with Nest's shutdown hooks enabled.
 */
import { telemetrySlot } from './tracing/start-up/telemetry-slot.js';
import { startTelemetry } from './tracing/start-up/start-telemetry.js';

if (process.env['OBSERVABILITY_CONFIG_FILE']) {
  const { startTelemetryFromEnvironment } = await import('./config/load-configuration.js');
  await startTelemetryFromEnvironment();
}
const telemetry = (await telemetrySlot().starting) ?? (await startTelemetry());
process.once('beforeExit', () => void telemetry.shutdown());
