import { setImmediate as nextTurn } from 'node:timers/promises';
import { EndedSeriesLog, withEnded } from '../../metrics/instruments/ended-series.js';
import { snapshotDelta } from '../../metrics/snapshot/snapshot-delta.js';
import type { RegistrySnapshot } from '../../metrics/snapshot/snapshot.js';
import type { ExporterContext, PushExporter } from '../port/metrics-exporter.js';
import type { DatagramTransport } from './udp-transport.js';
import { type LineFormat, packDatagrams, statsdLines } from './statsd-lines.format.js';
import { aborted } from '../../kernel/time-limit.js';

// Number of bytes written before yielding to the event loop, about one or two milliseconds of work.
const BYTES_PER_TURN = 16 * 1024;

/** Dependencies of {@link StatsdExporter}. */
export interface StatsdExporterDeps {
  readonly transport: DatagramTransport;
  readonly format: LineFormat;
  readonly maxDatagramBytes: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly context: Pick<ExporterContext, 'onSeriesEnd' | 'report'>;
}

/**
 * Sends differences in datagrams. The next export first sends the datagrams that could not be sent; until then it
 * formats nothing new, so that at most one export and one snapshot are retained.
 */
export class StatsdExporter implements PushExporter {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly #deps: StatsdExporterDeps;
  readonly #ended: EndedSeriesLog;
  readonly #unlisten: () => void;
  #written: RegistrySnapshot | undefined;
  #unsent: Iterator<Uint8Array> | undefined;
  /** Next datagram, retained until it is known to have been sent. */
  #next: Uint8Array | undefined;

  constructor(deps: StatsdExporterDeps) {
    this.#deps = deps;
    this.intervalMs = deps.intervalMs;
    this.timeoutMs = deps.timeoutMs;
    const { onSeriesEnd, report } = deps.context;
    this.#ended = new EndedSeriesLog(report);
    this.#unlisten = onSeriesEnd((definition, series) => this.#ended.add(definition, series));
  }

  /** {@inheritDoc PushExporter.export} */
  async export(snapshot: RegistrySnapshot, signal: AbortSignal): Promise<void> {
    const { transport } = this.#deps;
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
    this.#deps.transport.reset();
  }

  async #sendBoth(snapshot: RegistrySnapshot, signal: AbortSignal): Promise<void> {
    // Read before the first await: a series that ends later is still in the snapshot.
    const ended = this.#ended.notIn(snapshot);
    await this.#sendAll(signal);
    this.#write(withEnded(snapshot, ended));
    this.#ended.settle(ended);
    await this.#sendAll(signal);
    await this.#deps.transport.settle?.();
  }

  #write(snapshot: RegistrySnapshot): void {
    const { format, maxDatagramBytes } = this.#deps;
    const delta = snapshotDelta(snapshot, this.#written);
    this.#unsent = packDatagrams(statsdLines(delta, format), maxDatagramBytes);
    this.#written = snapshot;
  }

  async #sendAll(signal: AbortSignal): Promise<void> {
    const { transport } = this.#deps;
    let turnBytes = 0;
    for (;;) {
      signal.throwIfAborted();
      const datagram = (this.#next ??= this.#takeNext());
      if (datagram === undefined) return;
      await transport.send(datagram);
      // An aborted datagram is sent again, because it is unknown whether it was sent.
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
