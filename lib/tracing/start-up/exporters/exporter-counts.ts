import type { ExportEvent, ExportListener } from '../telemetry.js';
import type { ExporterCounters } from '../telemetry-report.js';
import { absorb } from '../../../kernel/hooks.js';

/** Counts what becomes of the spans of one exporter. */
export class ExporterCounts {
  readonly exporter: string;
  readonly #listeners: ReadonlySet<ExportListener>;
  #accepted = 0;
  #exported = 0;
  #failed = 0;
  #dropped = 0;
  #queued = 0;

  /** @param listeners - Told of every export; shared by all exporters. */
  constructor(exporter: string, listeners: ReadonlySet<ExportListener>) {
    this.exporter = exporter;
    this.#listeners = listeners;
  }

  /** Spans that wait for their export to begin. */
  get queued(): number {
    return this.#queued;
  }

  /** A span went into the queue. */
  accepted(): void {
    this.#accepted += 1;
    this.#queued += 1;
  }

  /** A span was turned away. */
  dropped(): void {
    this.#dropped += 1;
  }

  /** Spans left the queue for their export. */
  started(spans: number): void {
    this.#queued -= spans;
  }

  /** Spans that are still queued were given up. */
  abandonQueue(): void {
    this.#failed += this.#queued;
    this.#queued = 0;
  }

  /** An export has ended. */
  ended(outcome: ExportEvent['outcome'], spans: number, durationSeconds: number): void {
    if (outcome === 'success') this.#exported += spans;
    else this.#failed += spans;
    for (const listener of this.#listeners) {
      try {
        absorb(listener({ exporter: this.exporter, outcome, spans, durationSeconds }));
      } catch {
        // A listener is told, not asked: its fault must not reach the exporter.
      }
    }
  }

  /** The counters now. */
  read(): ExporterCounters {
    return {
      exporter: this.exporter,
      accepted: this.#accepted,
      exported: this.#exported,
      failed: this.#failed,
      dropped: this.#dropped,
      pending: this.#accepted - this.#exported - this.#failed,
    };
  }
}
