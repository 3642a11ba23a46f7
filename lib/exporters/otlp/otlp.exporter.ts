import {
  type EndedSeries,
  EndedSeriesLog,
  withEnded,
} from '../../metrics/instruments/ended-series.js';
import type { ExporterContext, PushExporter } from '../port/metrics-exporter.js';
import { snapshotDelta } from '../../metrics/snapshot/snapshot-delta.js';
import type { RegistrySnapshot } from '../../metrics/snapshot/snapshot.js';
import type { MetricEncoding } from './encoding/metric-encoding.js';
import { type CreatedClient, isRefusal, sendMetrics } from './otlp-client.js';

/** What the exporter sends with. */
export interface OtlpExporterDeps
  extends CreatedClient, Pick<MetricEncoding, 'temporality' | 'histograms'> {
  readonly context: Pick<ExporterContext, 'startedAtMs' | 'onSeriesEnd' | 'report'>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** A snapshot that is sent as its difference to the one before, and the series in it that are no more. */
interface Offer {
  readonly snapshot: RegistrySnapshot;
  readonly ended: readonly EndedSeries[];
  /** Whether it may have been taken: an attempt had no answer. */
  isOpen: boolean;
  /** How often it was refused since. */
  refusals: number;
}

/** A receiver that may have taken a payload and then refuses it this often will never say. */
const MAX_REFUSALS = 5;

/**
 * Sends snapshots through one of OpenTelemetry's transports.
 *
 * Deltas: a payload that may or may not have arrived is offered again as it was, with the same times, before anything
 * newer, so that a receiver can tell the repetition; one that was refused at once becomes part of the next. At most two
 * snapshots are kept, and the series that were removed since.
 */
export class OtlpExporter implements PushExporter {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly #parts: OtlpExporterDeps;
  readonly #ended: EndedSeriesLog;
  readonly #unlisten: (() => void) | undefined;
  /** What the receiver has counted. */
  #acknowledged: RegistrySnapshot | undefined;
  /** What it may have counted. */
  #offered: Offer | undefined;
  #sending: Promise<unknown> = Promise.resolve();

  constructor(parts: OtlpExporterDeps) {
    this.#parts = parts;
    this.intervalMs = parts.intervalMs;
    this.timeoutMs = parts.timeoutMs;
    const { report, onSeriesEnd } = parts.context;
    this.#ended = new EndedSeriesLog(report);
    if (parts.temporality === 'cumulative') return;
    this.#unlisten = onSeriesEnd((definition, series) => this.#ended.add(definition, series));
  }

  /** {@inheritDoc PushExporter.export} */
  async export(snapshot: RegistrySnapshot, signal: AbortSignal): Promise<void> {
    const { temporality, context, disconnect } = this.#parts;
    signal.throwIfAborted();
    // Before anything is waited for: what ends from now on is in the snapshot.
    const ended = this.#ended.notIn(snapshot);
    const onAbort = aborts(signal, disconnect);
    // The client may not have noticed yet that the export before this one was given up.
    await Promise.race([this.#sending.catch(() => undefined), onAbort]);
    if (temporality === 'cumulative') {
      await Promise.race([this.#send(snapshot, context.startedAtMs), onAbort]);
      return;
    }
    if (this.#offered !== undefined) await Promise.race([this.#offer(this.#offered), onAbort]);
    const owed = this.#ended.owed(ended);
    const offer: Offer = {
      snapshot: withEnded(snapshot, owed),
      ended: owed,
      isOpen: false,
      refusals: 0,
    };
    await Promise.race([this.#offer(offer), onAbort]);
  }

  /** {@inheritDoc PushExporter.close} */
  async close(): Promise<void> {
    this.#unlisten?.();
    this.#parts.end();
    await this.#parts.client.shutdown();
  }

  async #offer(offer: Offer): Promise<void> {
    const { snapshot, ended } = offer;
    const before = this.#acknowledged;
    this.#offered = offer;
    try {
      const sinceMs = before?.takenAtMs ?? this.#parts.context.startedAtMs;
      await this.#send(snapshotDelta(snapshot, before), sinceMs);
    } catch (error) {
      this.#keep(offer, isRefusal(error));
      throw error;
    }
    this.#acknowledged = snapshot;
    this.#offered = undefined;
    this.#ended.settle(ended);
  }

  /** Offers it again as it is, or makes it part of the next. */
  #keep(offer: Offer, isRefused: boolean): void {
    if (!isRefused) offer.isOpen = true;
    else if (!offer.isOpen || ++offer.refusals === MAX_REFUSALS) this.#offered = undefined;
  }

  #send(snapshot: RegistrySnapshot, sinceMs: number): Promise<void> {
    const { client, temporality, histograms } = this.#parts;
    const encoding = { temporality, sinceMs, histograms };
    const sending = sendMetrics(client, { snapshot, encoding });
    // Given up, it may still fail.
    sending.catch(() => undefined);
    this.#sending = sending;
    return sending;
  }
}

/** Rejects when the signal is aborted, after the connections have been ended. */
function aborts(signal: AbortSignal, disconnect: () => void): Promise<never> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const end = () => {
      reject(signal.reason as Error);
      disconnect();
    };
    signal.addEventListener('abort', end, { once: true });
  });
  aborted.catch(() => undefined);
  return aborted;
}
