import type { Telemetry, TelemetryMember } from './telemetry.js';
import type { TelemetryState } from './telemetry-report.js';
import { telemetrySlot } from './telemetry-slot.js';

/** Telemetry that does nothing, and says why. */
export class InactiveTelemetry implements Telemetry {
  readonly state: TelemetryState;
  readonly reason: string;
  readonly traceStore = undefined;

  constructor(state: 'foreign' | 'disabled', reason: string) {
    this.state = state;
    this.reason = reason;
  }

  /** None. */
  exporters(): readonly [] {
    return [];
  }

  /** Nothing is exported, so nothing is told. */
  onExport(): () => void {
    return () => {};
  }

  /** Nothing to do. */
  async flush(): Promise<void> {}

  /** Makes room for another start. */
  async shutdown(): Promise<void> {
    telemetrySlot().starting = undefined;
  }

  /** A member that leaves changes nothing. */
  join(): TelemetryMember {
    return { leave: async () => {} };
  }
}
