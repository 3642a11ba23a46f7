import { startTelemetry } from '@eventcore/nestjs-observability/tracing';

const options = JSON.parse(process.env['TELEMETRY'] ?? '{}');
const telemetry = await startTelemetry(options);
const { runShop } = await import('./shop.mjs');
const ran = await runShop();
const { state } = telemetry;
const answer = { ...ran, state, exporters: telemetry.exporters(), node: process.version };
process.stdout.write(JSON.stringify(answer));
