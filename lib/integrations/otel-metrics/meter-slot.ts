import type { PromClientMetric } from '../../metrics/aggregation/sampled-metric.js';
import type { ObservabilityMeterProvider } from './meter-provider.js';

/** Source of the metrics of an application's own `MeterProvider`. */
interface MeterReading {
  read(): Promise<readonly PromClientMetric[]>;
}

/**
 * Meter state of this process. OpenTelemetry exists once per process. The slot is on `globalThis`, so that
 * `--import …/register` and the module share it even if this package is loaded twice.
 */
export interface MeterSlot {
  provider?: ObservabilityMeterProvider;
  /** True while OpenTelemetry hands out meters of the provider. */
  isRegistered?: boolean;
  /** Class of another provider that OpenTelemetry had when ours should have been registered. */
  otherProvider?: string | undefined;
  /** Calls of instruments that were made before the provider was registered. */
  lostCalls?: number;
  readonly readers: MeterReading[];
}

const KEY = Symbol.for('@eventcore/nestjs-observability/meter@1');

/** Returns the slot of this process. */
export function meterSlot(): MeterSlot {
  const holder = globalThis as { [KEY]?: MeterSlot };
  return (holder[KEY] ??= { readers: [] });
}

const REMEDY =
  'set OTEL_METRICS_EXPORTER=prometheus for --import @eventcore/nestjs-observability/register, or call startTelemetry({ metrics: true }) first';

/**
 * Explains metrics of the OpenTelemetry API that are missing on the page.
 *
 * @param registry - Registry of the application.
 */
export function meterHints(registry: object): string[] {
  const { provider, isRegistered = false, otherProvider, lostCalls = 0, readers } = meterSlot();
  const shownBy = provider?.shownBy?.registry;
  const hints: string[] = [];
  if (lostCalls > 0) {
    hints.push(
      `otelMetrics(): ${lostCalls} calls recorded nothing, because their instruments were made before the MeterProvider was registered; ${REMEDY}.`,
    );
  }
  if (otherProvider !== undefined && readers.length === 0) {
    hints.push(
      `otelMetrics(): OpenTelemetry has another MeterProvider (${otherProvider}); create it with readers: [otelReader()].`,
    );
  }
  if (isRegistered && shownBy === undefined) {
    hints.push(
      'The MeterProvider of startTelemetry() has no effect without the plugin otelMetrics().',
    );
  }
  if (isRegistered && shownBy !== undefined && shownBy !== registry) {
    hints.push('Another application of this process shows the metrics of the OpenTelemetry API.');
  }
  return hints;
}
