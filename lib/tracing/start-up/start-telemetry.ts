import { meterSlot } from '../../integrations/otel-metrics/meter-slot.js';
import { systemClock } from '../../kernel/clock.js';
import { absorb, guardedClock } from '../../kernel/hooks.js';
import { ifMissing } from '../../kernel/peers/optional-peer.js';
import { InMemoryTraceStore } from '../store/memory/in-memory-trace-store.js';
import { describeError, Diagnostics, emitProcessWarning } from './telemetry-diagnostics.js';
import { InactiveTelemetry } from './active-telemetry.js';
import { foreignProvider } from './sdk/otel-globals.js';
import { reportApiCopies } from './sdk/api-copies.js';
import type { Telemetry } from './telemetry.js';
import type { TelemetryOptions } from './options/telemetry-options.js';
import { assertTelemetryOptions } from './options/telemetry-description.js';
import { planTelemetry } from './options/telemetry-plan.js';
import { releaseTelemetrySlot, telemetrySlot } from './telemetry-slot.js';
import { loadTracePeers } from './sdk/trace-peers.js';

/**
 * Starts tracing: builds the OpenTelemetry SDK of this process and registers it. Call and await it
 * before Nest and all instrumented packages are loaded: first in `main.ts`, with dynamic imports
 * after it, or with `node --import @eventcore/nestjs-observability/register`.
 *
 * Omitted options are read from the standard variables of OpenTelemetry (`OTEL_SERVICE_NAME`,
 * `OTEL_TRACES_EXPORTER`, `OTEL_EXPORTER_OTLP_ENDPOINT` …). Only the required OpenTelemetry
 * packages are loaded. If the application has registered its own SDK, that SDK remains. A process
 * has one telemetry: a second call returns the first one with a warning.
 *
 * @param options - See {@link TelemetryOptions}. @defaultValue all settings from the variables
 * @returns Telemetry of this process. It records nothing unless its `state` is `active`.
 * @throws ConfigurationError `OBS_OPTION_INVALID` for an invalid option.
 * @throws ConfigurationError `OBS_PEER_MISSING` for a missing package.
 *
 * @example
 * ```ts
 * import { startTelemetry } from '@eventcore/nestjs-observability/tracing';
 *
 * await startTelemetry({
 *   serviceName: 'shop',
 *   exporter: { type: 'otlp', endpoint: 'http://collector:4318', compression: 'gzip' },
 *   sampler: { type: 'parent-based', root: { type: 'rate-limit', spansPerSecond: 50 } },
 * });
 * ```
 */
export function startTelemetry(options: TelemetryOptions = {}): Promise<Telemetry> {
  const slot = telemetrySlot();
  if (slot.starting !== undefined) {
    warnWith(options)('startTelemetry() was called before: the options of this call are not used');
    return slot.starting;
  }
  const starting = start(options);
  slot.starting = starting;
  starting.catch(() => {
    // Allows another attempt.
    if (slot.starting === starting) releaseTelemetrySlot();
  });
  return starting;
}

async function start(options: TelemetryOptions): Promise<Telemetry> {
  assertTelemetryOptions(options);
  const plan = planTelemetry(options, process.env);
  // A clock that fails gives NaN, which no time limit and no counter takes.
  const clock = options.clock ? guardedClock(options.clock, () => undefined) : systemClock;
  const diagnostics = new Diagnostics(clock, warnWith(options));
  for (const it of plan.warnings) diagnostics.warn(it);
  if (!plan.enabled) return new InactiveTelemetry('disabled', disabledBy(options));
  if (plan.metrics) await registerMeter(diagnostics);
  const foreign = foreignProvider();
  if (foreign !== undefined) return leaveAlone(foreign, diagnostics);
  const peers = await loadTracePeers(plan);
  // Imports @opentelemetry/api, which may be missing: loaded only after all peers were found.
  const { buildTelemetry } = await import('./build-telemetry.js');
  const processors = options.spanProcessors ?? [];
  const traceStore = openStore(options, diagnostics);
  const built = buildTelemetry({ plan, peers, clock, diagnostics, processors, traceStore });
  await reportApiCopies((it) => diagnostics.warn(it));
  return built ?? refused(diagnostics);
}

/** Registers the library's `MeterProvider`, which an application shows with the plugin `otelMetrics()`. */
async function registerMeter(diagnostics: Diagnostics): Promise<void> {
  const load = () => import('../../integrations/otel-metrics/register-meter.js');
  const meter = await load().catch((error: unknown) => ifMissing(error, '@opentelemetry/api'));
  // A missing API is reported with the other packages.
  if (meter === undefined) return;
  telemetrySlot().unregisterMeter = meter.registerMeter();
  const { otherProvider } = meterSlot();
  if (otherProvider === undefined) return;
  diagnostics.warn(`another MeterProvider is registered (${otherProvider}); it is left alone`);
}

function openStore(
  { traceStore = false }: TelemetryOptions,
  diagnostics: Diagnostics,
): InMemoryTraceStore | undefined {
  if (traceStore === false) return undefined;
  const onFault = (error: unknown) =>
    diagnostics.warnSometimes(
      'trace store',
      () => `a span was not stored: ${describeError(error)}`,
    );
  return new InMemoryTraceStore({ onFault, ...(traceStore === true ? {} : traceStore) });
}

function leaveAlone(provider: string, diagnostics: Diagnostics): Telemetry {
  const reason = `the application has registered an OpenTelemetry SDK itself (${provider}); it is left alone`;
  diagnostics.warn(reason);
  return new InactiveTelemetry('foreign', reason);
}

function refused(diagnostics: Diagnostics): Telemetry {
  const reason =
    'OpenTelemetry refused the tracer provider: another version of @opentelemetry/api was used in this process before';
  diagnostics.warn(reason);
  return new InactiveTelemetry('foreign', reason);
}

function disabledBy({ enabled }: TelemetryOptions): string {
  return enabled === false ? 'the option enabled is false' : 'OTEL_SDK_DISABLED is true';
}

function warnWith(options: TelemetryOptions | null): (message: string) => void {
  const warn = options?.warn;
  if (typeof warn !== 'function') return emitProcessWarning;
  return (message) => {
    try {
      absorb(warn(message));
    } catch {
      // A logger that throws must not end the start.
    }
  };
}
