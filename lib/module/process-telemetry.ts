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
  /** Receives the tracing of the process, for `diagnose()`. */
  telemetry: TelemetryReport | undefined;
}

/** Component under which lost spans are counted. */
const COMPONENT = 'span_export';

/**
 * Joins an application to the tracing that `startTelemetry()` began for the process: span exports are counted here, and
 * the last application to leave flushes the queue.
 */
export class ProcessTelemetry implements Capability {
  readonly name = 'tracing';
  readonly #deps: ProcessTelemetryDeps;
  #member: TelemetryMember | undefined;
  #stopListening: (() => void) | undefined;

  constructor(deps: ProcessTelemetryDeps) {
    this.#deps = deps;
  }

  /** Joins; does nothing in a process without `startTelemetry()`. */
  async init(): Promise<void> {
    const telemetry = await findTelemetry();
    if (telemetry === undefined) return;
    const { registry, self } = this.#deps;
    this.#deps.telemetry = telemetry;
    this.#member = telemetry.join();
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

  /** Exports the queued spans, within the time limit that `startTelemetry()` was given. */
  async stop(): Promise<void> {
    await this.#member?.leave();
    this.#stopListening?.();
  }
}

/** Spans that no receiver took: dropped from a full queue, or failed. */
function lostSpans(telemetry: Telemetry): number {
  return telemetry.exporters().reduce((sum, { dropped, failed }) => sum + dropped + failed, 0);
}
