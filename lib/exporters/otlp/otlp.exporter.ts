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

/** Dependencies of the exporter. */
export interface OtlpExporterDeps
  extends CreatedClient, Pick<MetricEncoding, 'temporality' | 'histograms'> {
  readonly context: Pick<ExporterContext, 'startedAtMs' | 'onSeriesEnd' | 'report'>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Snapshot that is sent as the difference to the previous one, with the series removed since. */
interface Offer {
  readonly snapshot: RegistrySnapshot;
  readonly ended: readonly EndedSeries[];
  /** True if the receiver may have accepted it, because an attempt got no response. */
  isOpen: boolean;
  /** Number of later rejections. */
  refusals: number;
}

/** Number of rejections after which a payload that may have arrived is given up. */
const MAX_REFUSALS = 5;

/**
 * Sends snapshots through one of OpenTelemetry's transports.
 *
 * Deltas: a payload that may have arrived is resent unchanged, with the same times, before anything
 * newer, so that the receiver can detect the duplicate. A payload that was rejected at once is
 * merged into the next. The exporter retains at most two snapshots, and the series removed since.
 */
export class OtlpExporter implements PushExporter {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly #parts: OtlpExporterDeps;
  readonly #ended: EndedSeriesLog;
  readonly #unlisten: (() => void) | undefined;
  /** Last snapshot that the receiver has accepted. */
  #acknowledged: RegistrySnapshot | undefined;
  /** Snapshot that the receiver may have accepted. */
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
    // Read before the first await, because series that end later are part of the snapshot.
    const ended = this.#ended.notIn(snapshot);
    const onAbort = aborts(signal, disconnect);
    // The client may still be working on the previous export, which has expired.
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

  /** Retains a payload to resend it, or to merge it into the next one. */
  #keep(offer: Offer, isRefused: boolean): void {
    if (!isRefused) offer.isOpen = true;
    else if (!offer.isOpen || ++offer.refusals === MAX_REFUSALS) this.#offered = undefined;
  }

  #send(snapshot: RegistrySnapshot, sinceMs: number): Promise<void> {
    const { client, temporality, histograms } = this.#parts;
    const encoding = { temporality, sinceMs, histograms };
    const sending = sendMetrics(client, { snapshot, encoding });
    // An expired export may still reject later.
    sending.catch(() => undefined);
    this.#sending = sending;
    return sending;
  }
}

/** Closes the connections and rejects when the signal aborts. */
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
