import type { InMemoryTraceStore } from '../store/memory/in-memory-trace-store.js';
import type { TelemetryReport } from './telemetry-report.js';

/** Finished export. */
export interface ExportEvent {
  /** Name of the exporter. */
  readonly exporter: string;
  /** Result: `success` if the receiver accepted the spans. */
  readonly outcome: 'success' | 'failure';
  /** Number of exported spans. */
  readonly spans: number;
  /** Duration of the export in seconds. */
  readonly durationSeconds: number;
}

/** Receives every export after its spans were counted. */
export type ExportListener = (event: ExportEvent) => void;

/** Application that uses the telemetry of its process. */
export interface TelemetryMember {
  /** Flushes; the last member to leave shuts telemetry down. Never rejects. A second call has no effect. */
  leave(): Promise<void>;
}

/** Telemetry of this process, as built by `startTelemetry`. */
export interface Telemetry extends TelemetryReport {
  /** Store of the option `traceStore`; `undefined` without the option or while telemetry is not active. */
  readonly traceStore: InMemoryTraceStore | undefined;
  /**
   * Calls the listener after every later export.
   *
   * @returns Removes the listener.
   */
  onExport(listener: ExportListener): () => void;
  /** Exports the queued spans within `shutdownTimeoutMs`. Never rejects: failures are in the counters. */
  flush(): Promise<void>;
  /**
   * Exports the queued spans and stops within `shutdownTimeoutMs`. Never rejects; spans not
   * exported by then count as failed. A second call waits for the first. Telemetry can then be
   * started again.
   */
  shutdown(): Promise<void>;
  /** Joins an application to the telemetry; it leaves when it shuts down. */
  join(): TelemetryMember;
}
