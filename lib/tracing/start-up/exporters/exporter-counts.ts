import type { ExportEvent, ExportListener } from '../telemetry.js';
import type { ExporterCounters } from '../telemetry-report.js';
import { absorb } from '../../../kernel/hooks.js';

/** Counts the spans of one exporter by result. */
export class ExporterCounts {
  readonly exporter: string;
  readonly #listeners: ReadonlySet<ExportListener>;
  #accepted = 0;
  #exported = 0;
  #failed = 0;
  #dropped = 0;
  #queued = 0;

  /** @param listeners - Receive every export; shared by all exporters. */
  constructor(exporter: string, listeners: ReadonlySet<ExportListener>) {
    this.exporter = exporter;
    this.#listeners = listeners;
  }

  /** Spans that wait for an export. */
  get queued(): number {
    return this.#queued;
  }

  /** Counts a queued span. */
  accepted(): void {
    this.#accepted += 1;
    this.#queued += 1;
  }

  /** Counts a rejected span. */
  dropped(): void {
    this.#dropped += 1;
  }

  /** Counts spans that leave the queue for an export. */
  started(spans: number): void {
    this.#queued -= spans;
  }

  /** Counts the queued spans as lost. */
  abandonQueue(): void {
    this.#failed += this.#queued;
    this.#queued = 0;
  }

  /** Counts a finished export. */
  ended(outcome: ExportEvent['outcome'], spans: number, durationSeconds: number): void {
    if (outcome === 'success') this.#exported += spans;
    else this.#failed += spans;
    for (const listener of this.#listeners) {
      try {
        absorb(listener({ exporter: this.exporter, outcome, spans, durationSeconds }));
      } catch {
        // The fault of a listener must not reach the exporter.
      }
    }
  }

  /** Returns the current counters. */
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
