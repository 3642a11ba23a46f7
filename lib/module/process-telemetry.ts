import type { Capability } from '../kernel/capability.js';
import type { SelfMetrics } from '../metrics/recorders/self-metrics.js';
import type { MetricRegistry } from '../metrics/registry.js';
import { findTelemetry } from '../tracing/start-up/telemetry-slot.js';
import type { Telemetry, TelemetryMember } from '../tracing/start-up/telemetry.js';
import type { TelemetryReport } from '../tracing/start-up/telemetry-report.js';

/** Dependencies of {@link ProcessTelemetry}. */
export interface ProcessTelemetryDeps {
  readonly registry: MetricRegistry;
  readonly self: SelfMetrics;
  /** Functions that a flush of the application calls. */
  readonly flushes: Set<() => Promise<void>>;
  /** Receives the process telemetry for `diagnose()`. */
  telemetry: TelemetryReport | undefined;
}

/** Component that counts lost spans. */
const COMPONENT = 'span_export';

/**
 * Joins an application to the telemetry that `startTelemetry()` has started. It counts span
 * exports, and the last application to leave flushes the queue.
 */
export class ProcessTelemetry implements Capability {
  readonly name = 'tracing';
  readonly #deps: ProcessTelemetryDeps;
  #member: TelemetryMember | undefined;
  #stopListening: (() => void) | undefined;

  constructor(deps: ProcessTelemetryDeps) {
    this.#deps = deps;
  }

  /** Joins the telemetry; does nothing without `startTelemetry()`. */
  async init(): Promise<void> {
    const telemetry = await findTelemetry();
    if (telemetry === undefined) return;
    const { registry, self } = this.#deps;
    this.#deps.telemetry = telemetry;
    this.#member = telemetry.join();
    this.#deps.flushes.add(() => telemetry.flush());
    this.#stopListening = telemetry.onExport(({ exporter, outcome, durationSeconds }) =>
      self.exported(exporter, outcome, durationSeconds),
    );
    for (const { exporter } of telemetry.exporters()) self.expectExports(exporter);
    let lostBefore = lostSpans(telemetry);
    registry.onCollect(() => {
      const lost = lostSpans(telemetry);
      if (lost > lostBefore) self.count(COMPONENT, lost - lostBefore);
      lostBefore = lost;
    });
  }

  /** Exports the queued spans within the time limit of `startTelemetry()`. */
  async stop(): Promise<void> {
    await this.#member?.leave();
    this.#stopListening?.();
  }
}

/** Returns the number of spans that were dropped from a full queue or failed. */
function lostSpans(telemetry: Telemetry): number {
  return telemetry.exporters().reduce((sum, { dropped, failed }) => sum + dropped + failed, 0);
}
