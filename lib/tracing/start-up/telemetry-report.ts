/** Counters of the spans of one exporter: `accepted = exported + failed + pending`. */
export interface ExporterCounters {
  /** Name of the exporter. */
  readonly exporter: string;
  /** Spans taken into the queue. */
  readonly accepted: number;
  /** Spans that the receiver took. */
  readonly exported: number;
  /** Spans lost because their export failed or was given up. */
  readonly failed: number;
  /** Spans lost before they reached the queue: it was full, or telemetry was shut down. */
  readonly dropped: number;
  /** Spans queued or under way. */
  readonly pending: number;
}

/**
 * State of telemetry in this process: `active` — ours records; `foreign` — the application registered an SDK itself and
 * is left alone; `disabled` — switched off; `stopped` — shut down.
 */
export type TelemetryState = 'active' | 'foreign' | 'disabled' | 'stopped';

/** Report of the telemetry of a process. */
export interface TelemetryReport {
  /** Current state. */
  readonly state: TelemetryState;
  /** Reason why it records nothing; `undefined` while it is active. */
  readonly reason: string | undefined;
  /** The counters of every exporter now. */
  exporters(): readonly ExporterCounters[];
}
