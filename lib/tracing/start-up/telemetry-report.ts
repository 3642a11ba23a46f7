/** Counters of the spans of one exporter: `accepted = exported + failed + pending`. */
export interface ExporterCounters {
  /** Name of the exporter. */
  readonly exporter: string;
  /** Spans taken into the queue. */
  readonly accepted: number;
  /** Spans that the receiver has accepted. */
  readonly exported: number;
  /** Spans lost because their export failed or timed out. */
  readonly failed: number;
  /** Spans lost before the queue: it was full, or telemetry was shut down. */
  readonly dropped: number;
  /** Spans queued or being exported. */
  readonly pending: number;
}

/**
 * State of telemetry in this process: `active` records spans, `foreign` defers to an SDK that the
 * application has registered, `disabled` is switched off, `stopped` is shut down.
 */
export type TelemetryState = 'active' | 'foreign' | 'disabled' | 'stopped';

/** Report of the telemetry of a process. */
export interface TelemetryReport {
  /** Current state. */
  readonly state: TelemetryState;
  /** Reason why it records nothing; `undefined` while it is active. */
  readonly reason: string | undefined;
  /** Returns the current counters of every exporter. */
  exporters(): readonly ExporterCounters[];
}
