import { setImmediate as nextTurn } from 'node:timers/promises';
import { EndedSeriesLog, withEnded } from '../../metrics/instruments/ended-series.js';
import { snapshotDelta } from '../../metrics/snapshot/snapshot-delta.js';
import type { RegistrySnapshot } from '../../metrics/snapshot/snapshot.js';
import type { ExporterContext, PushExporter } from '../port/metrics-exporter.js';
import type { DatagramTransport } from './udp-transport.js';
import { type LineFormat, packDatagrams, statsdLines } from './statsd-lines.format.js';
import { aborted } from '../../kernel/time-limit.js';

// Written in a millisecond or two, after which others have their turn.
const BYTES_PER_TURN = 16 * 1024;

/** What the exporter sends with. */
export interface StatsdExporterDeps {
  readonly transport: DatagramTransport;
  readonly format: LineFormat;
  readonly maxDatagramBytes: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly context: Pick<ExporterContext, 'onSeriesEnd' | 'report'>;
}

/**
 * Sends differences in datagrams. Those that could not be sent are sent first by the next export; while there are any,
 * nothing new is taken up, so that no more than one export and one snapshot are kept.
 */
export class StatsdExporter implements PushExporter {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly #parts: StatsdExporterDeps;
  readonly #ended: EndedSeriesLog;
  readonly #unlisten: () => void;
  #written: RegistrySnapshot | undefined;
  #unsent: Iterator<Uint8Array> | undefined;
  /** The one that is sent next, as long as it is not known to have left. */
  #next: Uint8Array | undefined;

  constructor(parts: StatsdExporterDeps) {
    this.#parts = parts;
    this.intervalMs = parts.intervalMs;
    this.timeoutMs = parts.timeoutMs;
    const { onSeriesEnd, report } = parts.context;
    this.#ended = new EndedSeriesLog(report);
    this.#unlisten = onSeriesEnd((definition, series) => this.#ended.add(definition, series));
  }

  /** {@inheritDoc PushExporter.export} */
  async export(snapshot: RegistrySnapshot, signal: AbortSignal): Promise<void> {
    const { transport } = this.#parts;
    signal.throwIfAborted();
    try {
      await Promise.race([this.#sendBoth(snapshot, signal), aborted(signal)]);
    } catch (error) {
      transport.reset();
      throw error;
    }
  }

  /** {@inheritDoc PushExporter.close} */
  close(): void {
    this.#unlisten();
    this.#parts.transport.reset();
  }

  async #sendBoth(snapshot: RegistrySnapshot, signal: AbortSignal): Promise<void> {
    // Before anything is waited for: what ends from now on is in the snapshot.
    const ended = this.#ended.notIn(snapshot);
    await this.#sendAll(signal);
    this.#write(withEnded(snapshot, ended));
    this.#ended.settle(ended);
    await this.#sendAll(signal);
    await this.#parts.transport.settle?.();
  }

  #write(snapshot: RegistrySnapshot): void {
    const { format, maxDatagramBytes } = this.#parts;
    const delta = snapshotDelta(snapshot, this.#written);
    this.#unsent = packDatagrams(statsdLines(delta, format), maxDatagramBytes);
    this.#written = snapshot;
  }

  async #sendAll(signal: AbortSignal): Promise<void> {
    const { transport } = this.#parts;
    let turnBytes = 0;
    for (;;) {
      signal.throwIfAborted();
      const datagram = (this.#next ??= this.#takeNext());
      if (datagram === undefined) return;
      await transport.send(datagram);
      // Given up meanwhile, it is sent again: nobody knows whether it has left.
      signal.throwIfAborted();
      this.#next = undefined;
      turnBytes += datagram.length;
      if (turnBytes < BYTES_PER_TURN) continue;
      await nextTurn();
      turnBytes = 0;
    }
  }

  #takeNext(): Uint8Array | undefined {
    const { value, done } = this.#unsent?.next() ?? { done: true };
    return done === true ? undefined : (value as Uint8Array);
  }
}
