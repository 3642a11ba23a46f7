import { endsWithin } from '../../kernel/time-limit.js';
import type { InMemoryTraceStore } from '../store/memory/in-memory-trace-store.js';
import type { BoundedBatch } from './exporters/bounded-batch.js';
import type { ExporterCounts } from './exporters/exporter-counts.js';
import type { OtelRegistration } from './sdk/otel-registration.js';
import type { Diagnostics } from './telemetry-diagnostics.js';
import { releaseTelemetrySlot } from './telemetry-slot.js';
import type { ExportListener, Telemetry, TelemetryMember } from './telemetry.js';
import type { ExporterCounters, TelemetryState } from './telemetry-report.js';

/** Dependencies of an {@link ActiveTelemetry}. */
export interface ActiveTelemetryDeps {
  readonly registration: OtelRegistration;
  readonly counts: readonly ExporterCounts[];
  readonly batches: readonly BoundedBatch[];
  readonly listeners: Set<ExportListener>;
  readonly diagnostics: Diagnostics;
  readonly traceStore: InMemoryTraceStore | undefined;
  /** Flushes the application's processors and all exporters. It may reject or never settle. */
  readonly flush: () => Promise<unknown>;
  /** Shuts down the application's processors and all exporters. It may reject or never settle. */
  readonly shutdown: () => Promise<unknown>;
  readonly limitMs: number;
}

/** Telemetry built by this package. */
export class ActiveTelemetry implements Telemetry {
  readonly #parts: ActiveTelemetryDeps;
  readonly #members = new Set<TelemetryMember>();
  #stopping: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: ActiveTelemetryDeps) {
    this.#parts = parts;
  }

  /** {@inheritDoc Telemetry.state} */
  get state(): TelemetryState {
    return this.#isStopped ? 'stopped' : 'active';
  }

  /** {@inheritDoc Telemetry.reason} */
  get reason(): string | undefined {
    return this.#isStopped ? 'telemetry has been shut down' : undefined;
  }

  /** {@inheritDoc Telemetry.traceStore} */
  get traceStore(): InMemoryTraceStore | undefined {
    return this.#parts.traceStore;
  }

  /** {@inheritDoc Telemetry.exporters} */
  exporters(): readonly ExporterCounters[] {
    return this.#parts.counts.map((it) => it.read());
  }

  /** {@inheritDoc Telemetry.onExport} */
  onExport(listener: ExportListener): () => void {
    // A separate function per registration, so that a listener that is added twice can be removed
    // once.
    const own: ExportListener = (event) => listener(event);
    this.#parts.listeners.add(own);
    return () => this.#parts.listeners.delete(own);
  }

  /** {@inheritDoc Telemetry.flush} */
  async flush(): Promise<void> {
    if (this.#stopping !== undefined) return this.#stopping;
    const { flush, limitMs } = this.#parts;
    if (!(await hasEnded(flush(), limitMs))) this.#warn('flush', 'are still pending');
  }

  /** {@inheritDoc Telemetry.shutdown} */
  shutdown(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** {@inheritDoc Telemetry.join} */
  join(): TelemetryMember {
    let leaving: Promise<void> | undefined;
    const member: TelemetryMember = { leave: () => (leaving ??= this.#leave(member)) };
    this.#members.add(member);
    return member;
  }

  async #leave(member: TelemetryMember): Promise<void> {
    this.#members.delete(member);
    await (this.#members.size === 0 ? this.shutdown() : this.flush());
  }

  async #stop(): Promise<void> {
    const { shutdown, limitMs, batches, registration } = this.#parts;
    if (!(await hasEnded(shutdown(), limitMs))) this.#warn('shutdown', 'are lost');
    for (const it of batches) it.abandon();
    registration.undo();
    this.#isStopped = true;
    releaseTelemetrySlot();
  }

  #warn(what: string, fate: string): void {
    const { diagnostics, limitMs, counts } = this.#parts;
    const waiting = counts.map((it) => it.read()).filter(({ pending }) => pending > 0);
    const listed = waiting.map(({ exporter, pending }) => `${pending} spans of ${exporter}`);
    const spans = listed.length === 0 ? 'no spans' : listed.join(', ');
    diagnostics.warn(`telemetry ${what} did not end within ${limitMs} ms: ${spans} ${fate}`);
  }
}

/** Telemetry that does nothing, and states the reason. */
export class InactiveTelemetry implements Telemetry {
  readonly state: TelemetryState;
  readonly reason: string;
  readonly traceStore = undefined;

  constructor(state: 'foreign' | 'disabled', reason: string) {
    this.state = state;
    this.reason = reason;
  }

  /** Returns no exporters. */
  exporters(): readonly [] {
    return [];
  }

  /** Ignores the listener, because nothing is exported. */
  onExport(): () => void {
    return () => {};
  }

  /** Does nothing. */
  async flush(): Promise<void> {}

  /** Releases the slot for another start. */
  async shutdown(): Promise<void> {
    releaseTelemetrySlot();
  }

  /** Returns a member without effect. */
  join(): TelemetryMember {
    return { leave: async () => {} };
  }
}

/**
 * Returns true if the work settles in time. A rejection counts. The timer keeps the process alive,
 * because its shutdown would otherwise stop midway.
 */
function hasEnded(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const ended = work.catch(() => undefined);
  return endsWithin(ended, { limitMs, keepsAlive: true });
}
