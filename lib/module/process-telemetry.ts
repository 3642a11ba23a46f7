import { findTelemetry } from '../tracing/start-up/telemetry-slot.js';
import type { Telemetry, TelemetryMember } from '../tracing/start-up/telemetry.js';
import type { MetricRegistry } from '../metrics/registry.js';
import type { SelfMetrics } from '../metrics/recorders/self-metrics.js';

/** Where lost spans are counted. */
const COMPONENT = 'span_export';

/**
 * An application's share in the tracing that was started for its process: its exports are counted here, and the last
 * application to end has what is queued exported.
 */
export class ProcessTelemetry {
  /** What was started. */
  readonly telemetry: Telemetry;
  readonly #member: TelemetryMember;
  readonly #stopListening: () => void;

  private constructor(telemetry: Telemetry, registry: MetricRegistry, self: SelfMetrics) {
    this.telemetry = telemetry;
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

  /** Joins; `undefined` when nobody started tracing. */
  static async join(
    registry: MetricRegistry,
    self: SelfMetrics,
  ): Promise<ProcessTelemetry | undefined> {
    const telemetry = await findTelemetry();
    return telemetry && new ProcessTelemetry(telemetry, registry, self);
  }

  /** Exports what is queued, within the time limit that tracing was started with. */
  async leave(): Promise<void> {
    await this.#member.leave();
    this.#stopListening();
  }
}

/** Spans that no receiver took: dropped from a full queue, or failed. */
function lostSpans(telemetry: Telemetry): number {
  return telemetry.exporters().reduce((sum, { dropped, failed }) => sum + dropped + failed, 0);
}
