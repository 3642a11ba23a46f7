/**
 * Starts tracing from the standard variables of OpenTelemetry alone, before anything else is loaded:
 *
 * ```sh
 * OTEL_SERVICE_NAME=shop node --import @eventcore/nestjs-observability/register dist/main.js
 * ```
 *
 * A process that ends by itself exports what is queued first. One that is ended by a signal does so through the module,
 * with Nest's shutdown hooks enabled.
 */
import { startTelemetry } from './tracing/start-up/start-telemetry.js';

const telemetry = await startTelemetry();
process.once('beforeExit', () => void telemetry.shutdown());
