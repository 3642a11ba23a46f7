import type { PushExporter } from '../../metrics/metrics-exporter.js';
import { snapshotDelta } from '../../metrics/snapshot-delta.js';
import type { RegistrySnapshot } from '../../metrics/snapshot.js';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Temporality } from './otel-metrics.format.js';
import { resourceMetrics } from './otel-resource.js';
import { type CreatedClient, isRefusal, sendMetrics } from './otlp-client.js';

/** What the exporter sends with. */
export interface OtlpExporterParts extends CreatedClient {
  readonly temporality: Temporality;
  readonly resource: ResourceMetrics['resource'];
  readonly startedAtMs: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/**
 * Sends snapshots by one of OpenTelemetry's own exporters.
 *
 * Deltas: a payload that may or may not have arrived is offered again as it was, with the same times, before anything
 * newer, so that a receiver can tell the repetition; one that was refused becomes part of the next. At most two
 * snapshots are kept.
 */
export class OtlpExporter implements PushExporter {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly #parts: OtlpExporterParts;
  /** What the receiver has counted. */
  #acknowledged: RegistrySnapshot | undefined;
  /** What it may have counted. */
  #offered: RegistrySnapshot | undefined;
  #sending: Promise<unknown> = Promise.resolve();

  constructor(parts: OtlpExporterParts) {
    this.#parts = parts;
    this.intervalMs = parts.intervalMs;
    this.timeoutMs = parts.timeoutMs;
  }

  /** {@inheritDoc PushExporter.export} */
  async export(snapshot: RegistrySnapshot, signal: AbortSignal): Promise<void> {
    const { temporality, startedAtMs, disconnect } = this.#parts;
    signal.throwIfAborted();
    const onAbort = aborts(signal, disconnect);
    // The client may not have noticed yet that the export before this one was given up.
    await Promise.race([this.#sending.catch(() => undefined), onAbort]);
    if (temporality === 'cumulative') {
      await Promise.race([this.#send(snapshot, startedAtMs), onAbort]);
      return;
    }
    if (this.#offered !== undefined) await Promise.race([this.#offer(this.#offered), onAbort]);
    await Promise.race([this.#offer(snapshot), onAbort]);
  }

  /** {@inheritDoc PushExporter.close} */
  async close(): Promise<void> {
    this.#parts.end();
    await this.#parts.client.shutdown();
  }

  async #offer(snapshot: RegistrySnapshot): Promise<void> {
    const before = this.#acknowledged;
    this.#offered = snapshot;
    try {
      const sinceMs = before?.takenAtMs ?? this.#parts.startedAtMs;
      await this.#send(snapshotDelta(snapshot, before), sinceMs);
    } catch (error) {
      if (isRefusal(error)) this.#offered = undefined;
      throw error;
    }
    this.#acknowledged = snapshot;
    this.#offered = undefined;
  }

  #send(snapshot: RegistrySnapshot, sinceMs: number): Promise<void> {
    const { client, temporality, resource } = this.#parts;
    const payload = resourceMetrics(snapshot, { temporality, sinceMs }, resource);
    const sending = sendMetrics(client, payload);
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
