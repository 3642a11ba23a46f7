import type { ExporterCounters } from './exporters/exporter-counters.js';

/**
 * What telemetry does in this process: `active` — ours records; `foreign` — the application registered an SDK itself and
 * is left alone; `disabled` — switched off; `stopped` — shut down.
 */
export type TelemetryState = 'active' | 'foreign' | 'disabled' | 'stopped';

/** What the telemetry of a process says of itself. */
export interface TelemetryReport {
  /** What it does now. */
  readonly state: TelemetryState;
  /** Why it records nothing; `undefined` while it is active. */
  readonly reason: string | undefined;
  /** The counters of every exporter now. */
  exporters(): readonly ExporterCounters[];
}
