import type { InMemoryTraceStore } from '../store/memory/in-memory-trace-store.js';
import type { TelemetryReport } from './telemetry-report.js';

/** One export that has ended. */
export interface ExportEvent {
  /** Name of the exporter. */
  readonly exporter: string;
  /** Whether the receiver took the spans. */
  readonly outcome: 'success' | 'failure';
  /** Number of spans in it. */
  readonly spans: number;
  /** From the call of the exporter to its answer, in seconds. */
  readonly durationSeconds: number;
}

/** Told of every export, with the spans already counted. */
export type ExportListener = (event: ExportEvent) => void;

/** An application that uses the telemetry of its process. */
export interface TelemetryMember {
  /** Flushes; the last member to leave shuts telemetry down. Never rejects, and a second call does nothing more. */
  leave(): Promise<void>;
}

/** The telemetry of this process, as `startTelemetry` built it. */
export interface Telemetry extends TelemetryReport {
  /** The store that the option `traceStore` asked for; `undefined` without it, or when ours does not record. */
  readonly traceStore: InMemoryTraceStore | undefined;
  /**
   * Calls the listener after every export from now on.
   *
   * @returns Ends it.
   */
  onExport(listener: ExportListener): () => void;
  /** Exports what is queued. Takes at most `shutdownTimeoutMs`, and never rejects: what failed is in the counters. */
  flush(): Promise<void>;
  /**
   * Exports what is queued and stops. Takes at most `shutdownTimeoutMs`, and never rejects; what was not exported by
   * then is counted as failed. A second call waits for the first. After it telemetry can be started again.
   */
  shutdown(): Promise<void>;
  /** For the lifecycle of an application: joins at its start, leaves at its end. */
  join(): TelemetryMember;
}
