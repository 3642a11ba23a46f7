/** What became of the spans that were meant for one exporter. `accepted = exported + failed + pending`. */
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
